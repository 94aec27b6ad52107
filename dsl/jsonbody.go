package dsl

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// jsonBody is a JSON body whose expressions are metered: hcl's own JSON expressions parse the templates in
// their strings anew at each evaluation, out of meter's reach.
type jsonBody struct {
	hcl.Body
	total *work
}

// Content implements hcl.Body.
func (b jsonBody) Content(s *hcl.BodySchema) (*hcl.BodyContent, hcl.Diagnostics) {
	c, diags := b.Body.Content(s)
	return b.content(c), diags
}

// PartialContent implements hcl.Body.
func (b jsonBody) PartialContent(s *hcl.BodySchema) (*hcl.BodyContent, hcl.Body, hcl.Diagnostics) {
	c, rest, diags := b.Body.PartialContent(s)
	if rest != nil {
		rest = jsonBody{rest, b.total}
	}
	return b.content(c), rest, diags
}

// JustAttributes implements hcl.Body.
func (b jsonBody) JustAttributes() (hcl.Attributes, hcl.Diagnostics) {
	attrs, diags := b.Body.JustAttributes()
	return b.attributes(attrs), diags
}

func (b jsonBody) content(c *hcl.BodyContent) *hcl.BodyContent {
	if c == nil {
		return nil
	}
	out := &hcl.BodyContent{Attributes: b.attributes(c.Attributes), MissingItemRange: c.MissingItemRange}
	for _, bl := range c.Blocks {
		inner := *bl
		inner.Body = jsonBody{bl.Body, b.total}
		out.Blocks = append(out.Blocks, &inner)
	}
	return out
}

func (b jsonBody) attributes(attrs hcl.Attributes) hcl.Attributes {
	out := hcl.Attributes{}
	for n, a := range attrs {
		inner := *a
		inner.Expr = jsonExpr{a.Expr, b.total}
		out[n] = &inner
	}
	return out
}

// jsonExpr is a metered JSON expression.
type jsonExpr struct {
	hcl.Expression
	total *work
}

// UnwrapExpression lets hcl look at the expression itself.
func (e jsonExpr) UnwrapExpression() hcl.Expression { return e.Expression }

// ExprList implements hcl.ExprList.
func (e jsonExpr) ExprList() []hcl.Expression {
	list, diags := hcl.ExprList(e.Expression)
	if diags.HasErrors() {
		return nil
	}
	out := make([]hcl.Expression, len(list))
	for i, x := range list {
		out[i] = jsonExpr{x, e.total}
	}
	return out
}

// ExprMap implements hcl.ExprMap.
func (e jsonExpr) ExprMap() []hcl.KeyValuePair {
	pairs, diags := hcl.ExprMap(e.Expression)
	if diags.HasErrors() {
		return nil
	}
	out := make([]hcl.KeyValuePair, len(pairs))
	for i, p := range pairs {
		out[i] = hcl.KeyValuePair{Key: jsonExpr{p.Key, e.total}, Value: jsonExpr{p.Value, e.total}}
	}
	return out
}

// Value implements hcl.Expression as hcl's own JSON does: strings are templates where there is a context.
func (e jsonExpr) Value(ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	if ctx == nil {
		return e.Expression.Value(nil)
	}
	if list, diags := hcl.ExprList(e.Expression); !diags.HasErrors() {
		var out []cty.Value
		var all hcl.Diagnostics
		for _, x := range list {
			v, diags := jsonExpr{x, e.total}.Value(ctx)
			out, all = append(out, v), append(all, diags...)
		}
		return cty.TupleVal(out), all
	}
	if pairs, diags := hcl.ExprMap(e.Expression); !diags.HasErrors() {
		return e.object(pairs, ctx)
	}
	v, diags := e.Expression.Value(nil)
	if diags.HasErrors() || v.IsNull() || v.Type() != cty.String {
		return v, diags
	}
	start := e.Range().Start
	start.Column++ // after the quote
	start.Byte++
	x, diags := hclsyntax.ParseTemplate([]byte(v.AsString()), e.Range().Filename, start)
	if diags.HasErrors() {
		return cty.DynamicVal, diags
	}
	meter(x, e.total)
	v, more := x.Value(ctx)
	return v, append(diags, more...)
}

func (e jsonExpr) object(pairs []hcl.KeyValuePair, ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	var diags hcl.Diagnostics
	attrs, at := map[string]cty.Value{}, map[string]hcl.Range{}
	known := true
	for _, p := range pairs {
		k, more := jsonExpr{p.Key, e.total}.Value(ctx)
		diags = append(diags, more...)
		v, more := jsonExpr{p.Value, e.total}.Value(ctx)
		diags = append(diags, more...)
		k, _ = k.Unmark()
		if !k.IsKnown() {
			known = false
			continue
		}
		r := p.Key.Range()
		name, err := convert.Convert(k, cty.String)
		if err != nil || name.IsNull() {
			diags = append(diags, problem(&r, "Invalid object key", "The name of a property must be a string."))
			continue
		}
		if other, dup := at[name.AsString()]; dup {
			diags = append(diags, problem(&r, "Duplicate property", "%s stands on %s already.", fmt.Sprintf("%q", name.AsString()), lineOf(other, r)))
			continue
		}
		attrs[name.AsString()], at[name.AsString()] = v, r
	}
	if !known {
		return cty.DynamicVal, diags
	}
	return cty.ObjectVal(attrs), diags
}
