package schema

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// JSONBody presents a JSON expression that is an object as a body, so that the JSON form of a block
// ({"huber": {"delta": 0.5}}) decodes like the native one. Expressions inside keep their ranges.
func JSONBody(e hcl.Expression) hcl.Body { return jsonBody{expr: e} }

type jsonBody struct {
	expr   hcl.Expression
	hidden map[string]bool
}

func (b jsonBody) pairs() ([]hcl.KeyValuePair, hcl.Diagnostics) {
	pairs, diags := hcl.ExprMap(b.expr)
	if diags.HasErrors() {
		r := b.expr.Range()
		return nil, hcl.Diagnostics{{Severity: hcl.DiagError, Summary: "Object expected",
			Detail: "The arguments of a block are written as a JSON object here.", Subject: &r}}
	}
	return pairs, nil
}

func (b jsonBody) Content(s *hcl.BodySchema) (*hcl.BodyContent, hcl.Diagnostics) {
	c, rest, diags := b.PartialContent(s)
	if diags.HasErrors() {
		return c, diags
	}
	attrs, more := rest.JustAttributes()
	diags = append(diags, more...)
	for name, a := range attrs {
		diags = append(diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Unsupported argument",
			Detail: "An argument named \"" + name + "\" is not expected here.", Subject: &a.NameRange})
	}
	return c, diags
}

func (b jsonBody) PartialContent(s *hcl.BodySchema) (*hcl.BodyContent, hcl.Body, hcl.Diagnostics) {
	attrs, diags := b.JustAttributes()
	c := &hcl.BodyContent{Attributes: hcl.Attributes{}, MissingItemRange: b.MissingItemRange()}
	rest := jsonBody{expr: b.expr, hidden: map[string]bool{}}
	for n := range b.hidden {
		rest.hidden[n] = true
	}
	for _, as := range s.Attributes {
		if a, ok := attrs[as.Name]; ok {
			c.Attributes[as.Name] = a
			rest.hidden[as.Name] = true
		}
	}
	for _, bs := range s.Blocks {
		a, ok := attrs[bs.Type]
		if !ok || rest.hidden[bs.Type] {
			continue
		}
		rest.hidden[bs.Type] = true
		c.Blocks = append(c.Blocks, jsonBlocks(a.Expr, bs.Type, len(bs.LabelNames), nil)...)
	}
	return c, rest, diags
}

// jsonBlocks unfolds {"label": {...}} and [{...}, ...] into blocks, as hcl's own JSON bodies do.
func jsonBlocks(e hcl.Expression, typ string, labels int, got []string) []*hcl.Block {
	if list, diags := hcl.ExprList(e); !diags.HasErrors() {
		var out []*hcl.Block
		for _, x := range list {
			out = append(out, jsonBlocks(x, typ, labels, got)...)
		}
		return out
	}
	if len(got) < labels {
		pairs, diags := hcl.ExprMap(e)
		if diags.HasErrors() {
			return nil
		}
		var out []*hcl.Block
		for _, p := range pairs {
			if k, more := p.Key.Value(nil); !more.HasErrors() && k.Type() == cty.String {
				out = append(out, jsonBlocks(p.Value, typ, labels, append(got[:len(got):len(got)], k.AsString()))...)
			}
		}
		return out
	}
	r := e.Range()
	return []*hcl.Block{{Type: typ, Labels: got, Body: jsonBody{expr: e}, DefRange: r, TypeRange: r}}
}

func (b jsonBody) JustAttributes() (hcl.Attributes, hcl.Diagnostics) {
	pairs, diags := b.pairs()
	out := hcl.Attributes{}
	for _, p := range pairs {
		k, more := p.Key.Value(nil)
		diags = append(diags, more...)
		if more.HasErrors() || k.Type() != cty.String || b.hidden[k.AsString()] || k.AsString() == "//" {
			continue
		}
		out[k.AsString()] = &hcl.Attribute{Name: k.AsString(), Expr: p.Value, NameRange: p.Key.Range(),
			Range: hcl.RangeBetween(p.Key.Range(), p.Value.Range())}
	}
	return out, diags
}

func (b jsonBody) MissingItemRange() hcl.Range { return b.expr.StartRange() }
