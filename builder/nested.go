package builder

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/dlrun/dlrun/builder/layer"
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl"
	"github.com/dlrun/dlrun/dsl/schema"
)

// nested is a block or a model that stands inside a layer, as in time_distributed: a layer that is made of layers. It is walked for the
// shapes that feed it, and built on nodes that are there.
type nested struct {
	w     *walker
	sc    *scope
	ctx   *hcl.EvalContext
	of    *dsl.Layer
	app   *application
	model *Model       // walked for fed
	fed   []shape.Spec // nil before the first walk
}

// Schema describes nothing: what the block accepts has been read.
func (n *nested) Schema(b *schema.Block) { b.Doc("A block or model inside a layer.", "dlrun") }

// nestedBlock is the block or model of a layer block inside another layer; nil where its type is neither. ok is false where it is wrong.
func (w *walker) nestedBlock(sc *scope, b *hcl.Block, ctx *hcl.EvalContext) (n *nested, ok bool) {
	l := &dsl.Layer{Type: b.Labels[0], TypeRange: b.LabelRanges[0], Name: b.Labels[1], DeclRange: b.DefRange, Body: b.Body}
	n = &nested{w: w, sc: sc, ctx: ctx, of: l}
	if block, is := sc.module.LookupBlock(l.Type); is {
		params, ok := w.params(sc, block, l, ctx)
		n.app = &application{block: block, params: params, path: l.Name, where: l.DeclRange}
		return n, ok
	}
	if name, is := strings.CutPrefix(l.Type, "model."); is {
		for _, m := range w.doc.Models {
			if m.Name == name {
				n.app = &application{model: m, path: l.Name, where: l.DeclRange}
				return n, true
			}
		}
	}
	return nil, true
}

// walk infers the block for what feeds it; a mistake is of type hcl.Diagnostics.
func (n *nested) walk(in []shape.Spec) (*Model, error) {
	if n.fed != nil && slices.EqualFunc(n.fed, in, func(a, b shape.Spec) bool { return a.DType == b.DType && slices.Equal(a.Shape, b.Shape) }) {
		return n.model, nil
	}
	w := &walker{
		doc: n.w.doc, model: &Model{Name: n.of.Name, Where: n.of.DeclRange}, layers: map[string]*Layer{}, inside: n.w.inside,
		depth: n.w.depth + 1, steps: n.w.steps,
	}
	t := &Tensor{Name: "step", Where: n.of.DeclRange, Spec: in[0]}
	t.Spec.Known = true
	w.model.Inputs = []*Input{{Name: "step", Tensor: t, Where: n.of.DeclRange, ShapeWhere: n.of.DeclRange}}
	sc := *n.sc
	sc.previous, sc.outputs, sc.trainable, sc.path, sc.reusing = t, cty.NilVal, true, "", false
	_, out := w.block(&sc, n.of, n.ctx, n.app, true, false)
	n.w.steps = w.steps
	if len(w.model.Losses) > 0 {
		w.errorf(w.model.Losses[0].Where, "Loss in a layer", "add_loss cannot stand in a block that is inside another layer.")
	}
	if len(w.model.Starts) > 0 {
		w.errorf(w.model.Starts[0].Where, "Initial weights in a layer", "initial_weights cannot stand in a block that is inside another layer; they can stand at that layer.")
	}
	for _, l := range w.model.Layers {
		if s, ok := l.Impl.(layer.Stateful); ok && !l.Partial && len(s.States(in)) > 0 {
			w.errorf(l.Where, "States in a layer", "Layer %q is stateful, which it cannot be inside another layer.", l.Path)
		}
	}
	if out == nil && !w.diags.HasErrors() {
		w.errorf(n.of.DeclRange, "No output", "%q has no output here.", n.of.Type)
	}
	if w.diags.HasErrors() {
		return nil, w.diags
	}
	w.model.Outputs = []*Output{{Name: "step", Tensor: out, Where: n.of.DeclRange}}
	for _, l := range w.model.Layers {
		w.model.Weights = append(w.model.Weights, l.Weights...)
	}
	n.model, n.fed = w.model, slices.Clone(in)
	return n.model, nil
}

// Shape is that of the block's first output.
func (n *nested) Shape(in []shape.Spec) (shape.Spec, error) {
	m, err := n.walk(in)
	if err != nil {
		return in[0], err
	}
	return m.Outputs[0].Tensor.Spec, nil
}

// Weights are those of the layers, under their paths.
func (n *nested) Weights(in []shape.Spec) []layer.Weight {
	m, err := n.walk(in)
	if err != nil {
		return nil // Shape has said so
	}
	var out []layer.Weight
	for _, w := range m.Weights {
		x := w.Weight
		x.Name, x.NonTrainable = n.name(w), x.NonTrainable || !w.Layer.Trainable
		out = append(out, x)
	}
	return out
}

// name is a weight's path within the block.
func (n *nested) name(w *Weight) string { return strings.TrimPrefix(w.Path, n.of.Name+"/") }

// Apart tells whether a layer of the block looks at the batch as a whole.
func (n *nested) Apart() bool {
	return n.model != nil && slices.ContainsFunc(n.model.Layers, func(l *Layer) bool { return layer.Apart(l.Impl) })
}

// Build makes the block's nodes.
func (n *nested) Build(s *layer.Scope, in []*op.Node) *op.Node {
	if s.Err() != nil {
		return nil
	}
	if n.model == nil {
		return s.Fail(errors.New("a block inside a layer was not held against shapes"))
	}
	b, err := n.model.buildIn(s.Graph, s.Batch, s.Training, in, s, n)
	if err != nil {
		return s.Fail(fmt.Errorf("%s: %w", n.of.Name, err))
	}
	for _, x := range b.also {
		s.Also(x)
	}
	for _, x := range b.always {
		s.Always(x)
	}
	return b.outputs[0]
}
