package dsl

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/dlrun/dlrun/dsl/schema"
)

// models reads the model blocks.
func (r *reader) models(doc *Document) {
	byName := map[string]*Model{}
	for _, raw := range r.blocks["model"] {
		m := &Model{Name: raw.Labels[0], DeclRange: raw.DefRange, Scope: Scope{Module: r.m, Context: r.m.base}}
		g, diags := readGraph(raw.Body, r.m.base, graphOf{what: "model", name: m.Name, where: raw.DefRange})
		r.diags = append(r.diags, diags...)
		m.Graph = g
		if len(g.Layers) == 0 && !diags.HasErrors() && !g.Unknown {
			r.fail(raw.DefRange.Ptr(), "Model without layers", "model %q has no layer.", m.Name)
		}
		if len(g.Inputs) == 0 && !diags.HasErrors() && !g.Unknown {
			r.fail(raw.DefRange.Ptr(), "Model without inputs", "model %q needs an input block for each tensor that the data feeds it.", m.Name)
		}
		byName[m.Name] = m
		doc.Models = append(doc.Models, m)
	}
	for _, m := range doc.Models {
		for _, l := range m.Graph.Layers {
			name, ok := strings.CutPrefix(l.Type, "model.")
			if ok && byName[name] == nil {
				r.fail(l.TypeRange.Ptr(), "Unknown model", "There is no model %q.%s", name, suggestOrNone(name, sortedKeys(byName), "models"))
			}
		}
	}
	inner := func(m *Model) []*Model {
		var out []*Model
		for _, l := range m.Graph.Layers {
			if name, ok := strings.CutPrefix(l.Type, "model."); ok && byName[name] != nil {
				out = append(out, byName[name])
			}
		}
		return out
	}
	for _, path := range cycles(doc.Models, inner) {
		names := make([]string, len(path))
		for i, m := range path {
			names[i] = m.Name
		}
		r.fail(path[0].DeclRange.Ptr(), "Model inside itself", "A model may not recurse: %s.", strings.Join(names, " -> "))
	}
}

// graphOf says whose body a graph is, for messages.
type graphOf struct {
	what, name string
	where      hcl.Range
	also       []string // what else the body may hold, taken out already
}

// readGraph reads the inputs, layers and outputs of a body, with `dynamic` blocks written out in ctx.
func readGraph(body hcl.Body, ctx *hcl.EvalContext, of graphOf) (Graph, hcl.Diagnostics) {
	title := fmt.Sprintf("%s %q", of.what, of.name)
	var g Graph
	c, diags := expand(body, ctx).Content(&hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{
		{Type: "input", LabelNames: []string{"name"}},
		{Type: "layer", LabelNames: []string{"type", "name"}},
		{Type: "output", LabelNames: []string{"name"}},
		{Type: "add_loss", LabelNames: []string{"name"}},
	}})
	g.Unknown = takeOpen(&diags)
	schema.Rephrase(diags, title, append(of.also, "input", "layer", "output", "dynamic"))
	if c == nil {
		return g, diags
	}
	if len(c.Blocks) > maxLayers {
		return g, append(diags, problem(&of.where, "Too many layers", "%s has %d inputs, layers and outputs; %d is the most.", title, len(c.Blocks), maxLayers))
	}
	inputs, layers, outputs := names{}, names{}, names{}
	for _, b := range c.Blocks {
		switch b.Type {
		case "input":
			in := &Input{Name: b.Labels[0], DeclRange: b.DefRange}
			diags = append(diags, inputs.add("input", b, 0)...)
			c, more := b.Body.Content(&hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "shape"}, {Name: "dtype"}}})
			schema.Rephrase(more, fmt.Sprintf("input %q", in.Name), []string{"shape", "dtype"})
			diags = append(diags, more...)
			if c == nil {
				continue
			}
			if a := c.Attributes["shape"]; a != nil {
				in.Shape = a.Expr
			} else if of.what == "model" && !more.HasErrors() {
				diags = append(diags, problem(&b.DefRange, "Missing argument", "input %q needs the argument \"shape\": its size along each axis but the batch, as in [28, 28, 1]; [] for one number an example.", in.Name))
			}
			if a := c.Attributes["dtype"]; a != nil {
				in.DType = a.Expr
			}
			g.Inputs = append(g.Inputs, in)
		case "layer":
			l, more := readLayer(b)
			diags = append(diags, more...)
			diags = append(diags, layers.add("layer", b, 1)...)
			g.Layers = append(g.Layers, l)
		case "output":
			out := &Output{Name: b.Labels[0], DeclRange: b.DefRange}
			diags = append(diags, outputs.add("output", b, 0)...)
			c, more := b.Body.Content(&hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "value"}}})
			schema.Rephrase(more, fmt.Sprintf("output %q", out.Name), []string{"value"})
			diags = append(diags, more...)
			if c == nil {
				continue
			}
			if a := c.Attributes["value"]; a != nil {
				out.Value = a.Expr
			} else if !more.HasErrors() {
				diags = append(diags, problem(&b.DefRange, "Missing argument", "output %q needs the argument \"value\": the layer that it is, as in layer.NAME.", out.Name))
			}
			g.Outputs = append(g.Outputs, out)
		case "add_loss":
			diags = append(diags, problem(&b.DefRange, "Not in this version", "`add_loss` is part of the language, but this version of dlrun cannot add to the loss from a %s yet.", of.what))
		}
	}
	return g, diags
}

// names are those of one kind of block in one scope.
type names map[string]hcl.Range

// add notes the name in a label and reports one that is taken or cannot be referred to.
func (n names) add(what string, b *hcl.Block, label int) hcl.Diagnostics {
	name, at := b.Labels[label], b.DefRange
	if label < len(b.LabelRanges) {
		at = b.LabelRanges[label]
	}
	if d := checkName(what, name, at); d != nil {
		return hcl.Diagnostics{d}
	}
	if other, taken := n[name]; taken {
		return hcl.Diagnostics{problem(&at, "Duplicate "+what, "There is a %s %q on %s already.", what, name, lineOf(other, at))}
	}
	n[name] = b.DefRange
	return nil
}
