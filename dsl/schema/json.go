package schema

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// JSONBody presents a JSON expression that is an object as a body, so that the JSON form of a block
// ({"huber": {"delta": 0.5}}) decodes like the native one. Expressions inside keep their ranges.
func JSONBody(e hcl.Expression) hcl.Body { return jsonBody{expr: e} }

type jsonBody struct {
	expr   hcl.Expression
	hidden map[string]bool // taken by PartialContent
}

// Content implements hcl.Body.
func (b jsonBody) Content(s *hcl.BodySchema) (*hcl.BodyContent, hcl.Diagnostics) {
	c, rest, diags := b.PartialContent(s)
	left, _ := rest.JustAttributes() // its mistakes are in diags already
	for name, a := range left {
		diags = append(diags, &hcl.Diagnostic{
			Severity: hcl.DiagError, Summary: "Extraneous JSON object property",
			Detail: fmt.Sprintf("No argument or block type is named %q.", name), Subject: &a.NameRange,
		})
	}
	return c, diags
}

// PartialContent implements hcl.Body.
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
		} else if as.Required {
			diags = append(diags, &hcl.Diagnostic{
				Severity: hcl.DiagError, Summary: "Missing required argument",
				Detail: fmt.Sprintf("The argument %q is required, but no definition was found.", as.Name), Subject: b.MissingItemRange().Ptr(),
			})
		}
	}
	for _, bs := range s.Blocks {
		a, ok := attrs[bs.Type]
		if !ok || rest.hidden[bs.Type] {
			continue
		}
		rest.hidden[bs.Type] = true
		blocks, more := jsonBlocks(a.Expr, &bs, a.NameRange, nil, nil)
		c.Blocks = append(c.Blocks, blocks...)
		diags = append(diags, more...)
	}
	return c, rest, diags
}

// jsonBlocks unfolds {"label": {...}} and [{...}, ...] into blocks, as hcl's own JSON bodies do.
func jsonBlocks(e hcl.Expression, s *hcl.BlockHeaderSchema, typeRange hcl.Range, labels []string, at []hcl.Range) (hcl.Blocks, hcl.Diagnostics) {
	var out hcl.Blocks
	var diags hcl.Diagnostics
	if list, no := hcl.ExprList(e); !no.HasErrors() {
		for _, x := range list {
			blocks, more := jsonBlocks(x, s, typeRange, labels, at)
			out, diags = append(out, blocks...), append(diags, more...)
		}
		return out, diags
	}
	pairs, no := hcl.ExprMap(e)
	if no.HasErrors() {
		if v, _ := e.Value(nil); v.IsNull() { // as hcl: null is no block
			return nil, nil
		}
		r := e.Range()
		return nil, hcl.Diagnostics{{
			Severity: hcl.DiagError, Summary: "Object expected",
			Detail: fmt.Sprintf("A JSON object is wanted here, with what the %s block holds.", s.Type), Subject: &r,
		}}
	}
	if len(labels) == len(s.LabelNames) {
		return hcl.Blocks{{Type: s.Type, Labels: labels, LabelRanges: at, Body: jsonBody{expr: e}, DefRange: e.StartRange(), TypeRange: typeRange}}, nil
	}
	for _, p := range pairs {
		k, more := p.Key.Value(nil)
		diags = append(diags, more...)
		if more.HasErrors() || k.Type() != cty.String {
			continue
		}
		blocks, more := jsonBlocks(p.Value, s, typeRange, append(labels[:len(labels):len(labels)], k.AsString()), append(at[:len(at):len(at)], p.Key.Range()))
		out, diags = append(out, blocks...), append(diags, more...)
	}
	return out, diags
}

// JustAttributes implements hcl.Body.
func (b jsonBody) JustAttributes() (hcl.Attributes, hcl.Diagnostics) {
	pairs, diags := hcl.ExprMap(b.expr)
	if diags.HasErrors() {
		r := b.expr.Range()
		return nil, hcl.Diagnostics{{
			Severity: hcl.DiagError, Summary: "Object expected",
			Detail: "A JSON object is wanted here, with the arguments of the block.", Subject: &r,
		}}
	}
	out := hcl.Attributes{}
	for _, p := range pairs {
		k, more := p.Key.Value(nil)
		diags = append(diags, more...)
		if more.HasErrors() || k.Type() != cty.String || b.hidden[k.AsString()] || k.AsString() == "//" {
			continue
		}
		name := k.AsString()
		if other := out[name]; other != nil {
			diags = append(diags, &hcl.Diagnostic{
				Severity: hcl.DiagError, Summary: "Duplicate argument",
				Detail: fmt.Sprintf("%q is set on line %d already.", name, other.NameRange.Start.Line), Subject: p.Key.Range().Ptr(),
			})
			continue
		}
		out[name] = &hcl.Attribute{Name: name, Expr: p.Value, NameRange: p.Key.Range(), Range: hcl.RangeBetween(p.Key.Range(), p.Value.Range())}
	}
	return out, diags
}

// MissingItemRange implements hcl.Body.
func (b jsonBody) MissingItemRange() hcl.Range { return b.expr.StartRange() }
