package dsl

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/dlrun/dlrun/dsl/schema"
)

// conditionBlock is a validation or check block as it is written.
type conditionBlock struct {
	check                   bool
	condition, errorMessage schema.Expr
}

// Schema describes a validation or check block.
func (c *conditionBlock) Schema(s *schema.Block) {
	if c.check {
		s.Doc("A condition on the metrics of the finished training; where it does not hold, fit exits with 3.", "dlrun")
		s.Expr(&c.condition, "condition", "True where all is well, as in metrics.val_accuracy >= 0.9.", schema.Example("metrics.val_accuracy >= 0.9"))
	} else {
		s.Doc("A rule that a value must satisfy.", "dlrun")
		s.Expr(&c.condition, "condition", "True where the value is good, as in var.depth >= 1.", schema.Example("var.depth >= 1"))
	}
	s.Expr(&c.errorMessage, "error_message", "What to say where the condition is false.", schema.Example("\"It must be at least 1.\""))
}

// readCondition reads a validation or check block.
func readCondition(b *hcl.Block, c *conditionBlock) (*Validation, hcl.Diagnostics) {
	_, diags := schema.Decode(b.Body, nil, c, b.Type, header(b))
	if diags.HasErrors() {
		return nil, diags
	}
	return &Validation{Condition: c.condition.Expression, ErrorMessage: c.errorMessage.Expression, DeclRange: header(b)}, diags
}

// validate applies the validation blocks to a value. subject is where the value was given.
func validate(what string, rules []Validation, ctx *hcl.EvalContext, v cty.Value, subject hcl.Range) hcl.Diagnostics {
	var diags hcl.Diagnostics
	for _, rule := range rules {
		ok, more := condition(rule.Condition, ctx)
		diags = append(diags, more...)
		failed := more.HasErrors()
		// Also where the rule holds, so that a mistake in the message shows before it is needed.
		msg, more := message(rule.ErrorMessage, ctx)
		diags = append(diags, more...)
		if failed || !ok.IsKnown() || ok.True() || msg == "" {
			continue
		}
		at := rule.DeclRange
		diags = append(diags, problem(&subject, "Invalid value for "+what, "%s The value is %s; the rule is on line %d.", ensureStop(msg), schema.Show(v), at.Start.Line))
	}
	return diags
}

// condition evaluates to true, false or unknown.
func condition(e hcl.Expression, ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	v, diags := e.Value(ctx)
	if diags.HasErrors() {
		return cty.UnknownVal(cty.Bool), diags
	}
	v, _ = v.Unmark()
	if !v.IsKnown() {
		return cty.UnknownVal(cty.Bool), diags
	}
	b, err := convert.Convert(v, cty.Bool)
	if err != nil || b.IsNull() {
		return cty.UnknownVal(cty.Bool), append(diags, problem(e.Range().Ptr(), `Invalid value for "condition"`, "A condition is true or false, got %s.", schema.Show(v)))
	}
	return b, diags
}

// message evaluates an error message; "" where it is not known or not a string.
func message(e hcl.Expression, ctx *hcl.EvalContext) (string, hcl.Diagnostics) {
	v, diags := e.Value(ctx)
	if diags.HasErrors() {
		return "", diags
	}
	v, _ = v.Unmark()
	if !v.IsKnown() {
		return "The rule does not hold.", diags
	}
	s, err := convert.Convert(v, cty.String)
	if err != nil || s.IsNull() {
		return "", append(diags, problem(e.Range().Ptr(), `Invalid value for "error_message"`, "A string is wanted, got %s.", schema.Show(v)))
	}
	return strings.TrimSpace(s.AsString()), diags
}
