package dsl

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// check reads a check block. Its condition is tried with metrics that are not known, so that a
// mistake shows now and not after the training.
func (r *reader) check(b *hcl.Block, ctx *hcl.EvalContext, seen map[string]hcl.Range) *Check {
	name, at := b.Labels[0], b.LabelRanges[0]
	switch other, taken := seen[name]; {
	case name == "":
		r.fail(&at, "Invalid name", "The name of a check is empty; say what it is that must hold.")
		return nil
	case taken:
		r.fail(&at, "Duplicate check", "There is a check %q on %s already.", name, lineOf(other, at))
		return nil
	}
	seen[name] = header(b)
	v, diags := readCondition(b, &conditionBlock{check: true})
	r.diags = append(r.diags, diags...)
	if v == nil {
		return nil
	}
	c := &Check{Name: name, Condition: v.Condition, ErrorMessage: v.ErrorMessage, DeclRange: header(b), Context: ctx}
	try := ctx.NewChild()
	try.Variables = map[string]cty.Value{"metrics": cty.DynamicVal}
	_, diags = condition(c.Condition, try)
	r.diags = append(r.diags, diags...)
	_, diags = message(c.ErrorMessage, try)
	r.diags = append(r.diags, diags...)
	return c
}
