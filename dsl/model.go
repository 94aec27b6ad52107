package dsl

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/dlrun/dlrun/dsl/schema"
)

// modelBlock is what a model block holds.
type modelBlock struct{}

// Schema describes a model block.
func (modelBlock) Schema(s *schema.Block) {
	s.Doc("Inputs, layers in order, and outputs.", "keras.Model")
	graphBlocks(s, new(inputBlock))
}

// graphBlocks describes what models and blocks have in common.
func graphBlocks(s *schema.Block, in *inputBlock) {
	s.Nested(schema.Nested{Name: "input", Labels: []string{"name"}, Help: "A tensor that comes from outside.", Of: func() schema.Described { return &inputBlock{inBlock: in.inBlock} }, Ordered: true})
	s.Nested(schema.Nested{Name: "layer", Labels: []string{"type", "name"}, Help: "A layer, fed by the one before unless its inputs say otherwise.", Kind: "layer", Ordered: true})
	s.Nested(schema.Nested{Name: "output", Labels: []string{"name"}, Help: "A result. Default: the last layer.", Of: func() schema.Described { return new(outputBlock) }, Ordered: true})
	s.Nested(schema.Nested{Name: "add_loss", Labels: []string{"name"}, Help: "A value that is added to the loss.", Of: func() schema.Described { return new(addLossBlock) }, Ordered: true})
}

// inputBlock is an input block as it is written.
type inputBlock struct {
	inBlock      bool
	shape, dtype schema.Expr
}

// Schema describes an input block.
func (b *inputBlock) Schema(s *schema.Block) {
	shape := []schema.Option{schema.Example("[28, 28, 1]")}
	if b.inBlock {
		s.Doc("A tensor that a block is given.", "keras.Input")
		shape = append(shape, schema.Optional())
	} else {
		s.Doc("A tensor that the data's feature of the same name feeds.", "keras.Input")
	}
	s.Expr(&b.shape, "shape", "Its size along each axis but the batch, as in [28, 28, 1]; [] for one number an example, null for an axis of any length.", shape...)
	s.Expr(&b.dtype, "dtype", "\"float32\" (the default), \"int32\", ...", schema.Optional())
}

// addLossBlock is an add_loss block as it is written.
type addLossBlock struct{ value schema.Expr }

// Schema describes an add_loss block.
func (b *addLossBlock) Schema(s *schema.Block) {
	s.Doc("A value that is added to the loss, in training and in evaluation.", "keras.Layer.add_loss", "Of a tensor with axes, the batch among them, the sum of all elements is added.")
	s.Expr(&b.value, "value", "An expression of layers and inputs, as the function of a lambda layer.", schema.Example("0.01 * ops::mean(ops::square(layer.NAME))"))
}

// outputBlock is an output block as it is written.
type outputBlock struct{ value schema.Expr }

// Schema describes an output block.
func (b *outputBlock) Schema(s *schema.Block) {
	s.Doc("A result of the model or block.", "dlrun")
	s.Expr(&b.value, "value", "The layer that it is, as in layer.NAME.", schema.Example("layer.digit"))
}

// models reads the model blocks.
func (r *reader) models() []*Model {
	var models []*Model
	for _, raw := range r.blocks["model"] {
		m := &Model{Name: r.prefix + raw.Labels[0], DeclRange: header(raw), Scope: Scope{Module: r.m, Context: r.m.base}}
		g, diags := readGraph(raw.Body, r.m.base, graphOf{what: "model", name: m.Name, where: header(raw), names: schema.Describe(modelBlock{}).Names()})
		r.diags = append(r.diags, diags...)
		m.Graph = g
		if len(g.Layers) == 0 && !diags.HasErrors() && !g.Unknown {
			r.fail(header(raw).Ptr(), "Model without layers", "model %q has no layer.", m.Name)
		}
		if len(g.Inputs) == 0 && !diags.HasErrors() && !g.Unknown {
			r.fail(header(raw).Ptr(), "Model without inputs", "model %q needs an input block for each tensor that the data feeds it.", m.Name)
		}
		r.m.Models[raw.Labels[0]] = m
		models = append(models, m)
	}
	for _, m := range models {
		for _, l := range m.Graph.Layers {
			if detail, ok := r.m.UnknownModel(l.Type); ok {
				r.fail(l.TypeRange.Ptr(), "Unknown model", "%s", detail)
			}
		}
	}
	for _, path := range cycles(models, (*Model).inner) {
		names := make([]string, len(path))
		for i, m := range path {
			names[i] = m.Name
		}
		r.fail(path[0].DeclRange.Ptr(), "Model inside itself", "A model may not recurse: %s.", strings.Join(names, " -> "))
	}
	return models
}

// inner are the models that a model applies.
func (m *Model) inner() []*Model {
	var out []*Model
	for _, l := range m.Graph.Layers {
		if inner, ok := m.Scope.Module.LookupModel(l.Type); ok {
			out = append(out, inner)
		}
	}
	return out
}

// graphOf says whose body a graph is, for messages.
type graphOf struct {
	what, name string
	where      hcl.Range
	names      []string // what the body may hold
}

// readGraph reads the inputs, layers and outputs of a body, with `dynamic` blocks written out in ctx.
func readGraph(body hcl.Body, ctx *hcl.EvalContext, of graphOf) (Graph, hcl.Diagnostics) {
	title := fmt.Sprintf("%s %q", of.what, of.name)
	var g Graph
	c, diags := expand(body, ctx).Content(schema.Header(schema.Describe(modelBlock{}), false))
	g.Unknown = takeOpen(&diags)
	schema.Rephrase(diags, title, append(of.names, "dynamic"))
	if c == nil {
		return g, diags
	}
	if len(c.Blocks) > maxLayers {
		return g, append(diags, problem(&of.where, "Too many layers", "%s has %d inputs, layers and outputs; %d is the most.", title, len(c.Blocks), maxLayers))
	}
	inputs, layers, outputs, losses := names{}, names{}, names{}, names{}
	for _, b := range c.Blocks {
		switch b.Type {
		case "input":
			in := &Input{Name: b.Labels[0], DeclRange: header(b)}
			diags = append(diags, inputs.add("input", b, 0)...)
			ib := inputBlock{inBlock: of.what == "block"}
			_, more := schema.Decode(b.Body, ctx, &ib, fmt.Sprintf("input %q", in.Name), header(b))
			diags = append(diags, more...)
			in.Shape, in.DType = ib.shape.Expression, ib.dtype.Expression
			g.Inputs = append(g.Inputs, in)
		case "layer":
			l, more := readLayer(b)
			diags = append(diags, more...)
			diags = append(diags, layers.add("layer", b, 1)...)
			g.Layers = append(g.Layers, l)
		case "output":
			out := &Output{Name: b.Labels[0], DeclRange: header(b)}
			diags = append(diags, outputs.add("output", b, 0)...)
			var ob outputBlock
			_, more := schema.Decode(b.Body, ctx, &ob, fmt.Sprintf("output %q", out.Name), header(b))
			diags = append(diags, more...)
			out.Value = ob.value.Expression
			g.Outputs = append(g.Outputs, out)
		case "add_loss":
			l := &AddLoss{Name: b.Labels[0], DeclRange: header(b)}
			diags = append(diags, losses.add("add_loss", b, 0)...)
			var lb addLossBlock
			_, more := schema.Decode(b.Body, ctx, &lb, fmt.Sprintf("add_loss %q", l.Name), header(b))
			diags = append(diags, more...)
			l.Value = lb.value.Expression
			g.Losses = append(g.Losses, l)
		}
	}
	return g, diags
}

// names are those of one kind of block in one scope.
type names map[string]hcl.Range

// add notes the name in a label and reports one that is taken or cannot be referred to.
func (n names) add(what string, b *hcl.Block, label int) hcl.Diagnostics {
	name, at := b.Labels[label], header(b)
	if label < len(b.LabelRanges) {
		at = b.LabelRanges[label]
	}
	if d := checkName(what, name, at); d != nil {
		return hcl.Diagnostics{d}
	}
	if other, taken := n[name]; taken {
		return hcl.Diagnostics{problem(&at, "Duplicate "+what, "There is %s %q on %s already.", article(what), name, lineOf(other, at))}
	}
	n[name] = header(b)
	return nil
}
