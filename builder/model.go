// Package builder turns the document into a program: it walks the layers in order, decoding each
// and inferring its shape, and builds the graph of a training, evaluation or prediction step for a
// given batch size, with its gradients and updates.
//
// The words used here: a Layer is one set of weights with its arguments; a Use is one application
// of it (a shared layer has several); a Tensor is what flows between them, before there is a
// graph; a path names a layer by the scopes it stands in ("stage.1/block.0/first/conv"), and its
// weights by their Keras name below that ("…/kernel").
package builder

import (
	"fmt"
	"hash/fnv"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/dlrun/dlrun/builder/layer"
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/regularizer"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

// Model is a model block, walked and inferred.
type Model struct {
	Name    string
	Where   hcl.Range
	Inputs  []*Input
	Outputs []*Output
	Layers  []*Layer // in the order of their first use
	Uses    []*Use   // in order
	Weights []*Weight
	Starts  []InitialWeights
	Losses  []*AddedLoss // in order

	Batch int // the most examples in a batch: as many places have the states that layers keep from batch to batch

	Wrong bool // it has mistakes: weights are not listed, shapes may be unknown
	Open  bool // inputs or outputs may be missing, because of mistakes or of a variable without a value

	partial bool // some layers are not there, because they depend on what is not known
}

// Input is an input of a model.
type Input struct {
	Name       string
	Tensor     *Tensor
	Where      hcl.Range
	ShapeWhere hcl.Range
}

// Output is an output of a model.
type Output struct {
	Name   string
	Tensor *Tensor
	Where  hcl.Range
}

// Layer is a layer with weights of its own.
type Layer struct {
	Path      string
	Type      string
	Impl      layer.Layer
	Args      *schema.Decoded
	Where     hcl.Range
	Trainable bool
	Weights   []*Weight
	Uses      int
	Partial   bool // an argument or input is unknown: neither shape nor weights are known yet
}

// Weight is one variable of a model.
type Weight struct {
	layer.Weight
	Path      string
	Layer     *Layer
	Trainable bool
}

// Use is one application of a layer.
type Use struct {
	Layer   *Layer
	In      []*Tensor
	Tensors map[string][]*Tensor // the call's tensor arguments
	Outs    []*Tensor
	impl    layer.Layer // the layer's own; of an expression that is applied again one of this use's shapes
	index   int         // of the layer's uses
}

// InitialWeights is the meta-argument initial_weights of a layer or block.
type InitialWeights struct {
	Path   string // of the layer or block: whose weights the file has
	File   string
	Prefix string // of the names in the file
	Where  hcl.Range
}

// Size is the number of elements of a weight, or shape.Unknown.
func (w *Weight) Size() int { return w.Shape.Size() }

// Parameters counts the elements of all weights, and of those that are trained. known is false when
// a size depends on data that has not been read.
func (m *Model) Parameters() (total, trainable int, known bool) {
	known = !m.partial
	for _, l := range m.Layers {
		if l.Partial {
			known = false
		}
	}
	for _, w := range m.Weights {
		n := w.Size()
		if n == shape.Unknown {
			known = false
			continue
		}
		total += n
		if w.Trainable {
			trainable += n
		}
	}
	return total, trainable, known
}

// Complete tells whether every layer, shape and weight is known, so that graphs can be built.
func (m *Model) Complete() error {
	if m.partial {
		return fmt.Errorf("model %q depends on data that has not been read", m.Name)
	}
	for _, l := range m.Layers {
		if l.Partial {
			return fmt.Errorf("%s depends on data that has not been read", l.Path)
		}
	}
	for _, w := range m.Weights {
		if w.Size() == shape.Unknown {
			return fmt.Errorf("weight %s has an open axis: its shape is %s", w.Path, w.Shape)
		}
	}
	return nil
}

// Names of the state and feed inputs of the graphs.
const (
	WeightInput = "weight:" // + path
	FeedInput   = "input:"  // + input name
)

// built is a model in a graph.
type built struct {
	inputs  []*op.Node
	outputs []*op.Node
	masks   []*op.Node // of the outputs; nil where there is none
	losses  []*op.Node // penalties of activities
	also    []*op.Node // updates of running statistics
	always  []*op.Node // updates of what goes on from batch to batch, in evaluation and prediction too
	weights map[*Weight]*op.Node
}

// build makes the model's nodes for a batch size, with inputs to be fed.
func (m *Model) build(g *op.Graph, batch int, training bool) (*built, error) {
	var inputs []*op.Node
	for _, in := range m.Inputs {
		s := in.Tensor.Spec
		if !s.Shape.Full() {
			return nil, fmt.Errorf("input %q has an open axis (%s): this version of dlrun needs every axis but the batch to have a size", in.Name, s.Shape)
		}
		dt := g.DType
		if s.DType == shape.Int32 {
			dt = op.Int32
		}
		inputs = append(inputs, g.Input(FeedInput+in.Name, dt, s.Shape.Batched(batch)...))
	}
	return m.buildOn(g, batch, training, inputs)
}

// buildOn makes the model's nodes on inputs that are there.
func (m *Model) buildOn(g *op.Graph, batch int, training bool, inputs []*op.Node) (*built, error) {
	return m.buildIn(g, batch, training, inputs, nil, nil)
}

// buildIn is buildOn inside a layer, which has the weights, or outer is nil.
func (m *Model) buildIn(g *op.Graph, batch int, training bool, inputs []*op.Node, outer *layer.Scope, of *nested) (*built, error) {
	b := &built{inputs: inputs, weights: map[*Weight]*op.Node{}}
	nodes := map[*Tensor]*op.Node{}
	at := func(t *Tensor) *op.Node {
		return nodes[m.own(t)]
	}
	masks := map[*Tensor]*op.Node{}
	for i, in := range m.Inputs {
		nodes[in.Tensor] = inputs[i]
	}
	states := m.states()
	byName := map[*Layer]map[string]*op.Node{}
	for _, w := range m.Weights {
		var n *op.Node
		if outer != nil {
			n = outer.Weight(of.name(w))
		} else {
			n = g.Input(WeightInput+w.Path, g.DType, w.Shape...)
		}
		b.weights[w] = n
		if byName[w.Layer] == nil {
			byName[w.Layer] = map[string]*op.Node{}
		}
		byName[w.Layer][w.Name] = n
	}
	activities := map[*Layer][]*op.Node{} // of a shared layer the last use counts, as in Keras
	for _, u := range m.Uses {
		l := u.Layer
		s := &layer.Scope{
			Graph: g, Training: training, Trainable: l.Trainable, Batch: batch, Path: l.Path,
			Variable: func(name string) *op.Node {
				n := byName[l][name]
				if n == nil {
					return g.Fail(fmt.Errorf("layer %q asks for a weight %q that it does not list", l.Type, name))
				}
				return n
			},
			Random: func(purpose string) uint64 { return stream(l.Path, u.index, purpose) },
			Also:   func(n *op.Node) { b.also = append(b.also, n) },
			Always: func(n *op.Node) { b.always = append(b.always, n) },
			State:  func(name string) *op.Node { return states.node(g, batch, l.Path+"/"+name) },
			Penalty: func(r regularizer.Regularizer, activity *op.Node) {
				was := g.At(op.Origin{Layer: l.Path, Part: op.Loss})
				activities[l] = append(activities[l], perExample(g, r.Build(g, activity), batch))
				g.At(was)
			},
		}
		delete(activities, l)
		if outer != nil {
			s.Path, s.Trainable = outer.Path+strings.TrimPrefix(l.Path, of.of.Name), outer.Trainable && l.Trainable
			s.Random = func(purpose string) uint64 { return outer.Random(fmt.Sprintf("%s/%d/%s", l.Path, u.index, purpose)) }
			s.Penalty = outer.Penalty
		}
		in := make([]*op.Node, len(u.In))
		s.Masks = make([]*op.Node, len(u.In))
		for i, t := range u.In {
			in[i], s.Masks[i] = at(t), masks[m.own(t)]
		}
		s.Tensors = map[string][]*op.Node{}
		for name, list := range u.Tensors {
			for _, t := range list {
				s.Tensors[name] = append(s.Tensors[name], at(t))
			}
		}
		if outer == nil {
			g.At(op.Origin{Layer: l.Path})
		}
		outs, err := u.build(s, in)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: layer %q: %w", l.Where.Filename, l.Where.Start.Line, l.Path, err)
		}
		for i, out := range outs {
			nodes[u.Outs[i]] = out
		}
		switch k := u.impl.(type) {
		case layer.Masker:
			masks[u.Outs[0]] = k.Mask(s, in, s.Masks)
		case layer.MaskPasser:
			masks[u.Outs[0]] = s.Masks[0]
		}
		if a, ok := l.Impl.(layer.ActivityRegularized); ok && a.ActivityRegularizer() != nil {
			for _, out := range outs {
				s.Penalize(a.ActivityRegularizer(), out)
			}
		}
	}
	if outer == nil {
		g.At(op.Origin{})
	}
	for _, l := range m.Layers {
		b.losses = append(b.losses, activities[l]...)
	}
	for _, l := range m.Losses {
		n, err := l.build(g, batch, at)
		if err != nil {
			return nil, err
		}
		b.losses = append(b.losses, n)
	}
	for _, o := range m.Outputs {
		b.outputs = append(b.outputs, at(o.Tensor))
		b.masks = append(b.masks, masks[m.own(o.Tensor)])
	}
	return b, g.Err()
}

// own is the tensor that a copy under another name stands for.
func (m *Model) own(t *Tensor) *Tensor {
	if t.use != nil {
		return t.use.Outs[t.out]
	}
	return m.Inputs[t.input].Tensor
}

// Own is own: what feeds a layer may be a copy, made where a layer that does nothing passed its input on.
func (m *Model) Own(t *Tensor) *Tensor {
	if t.use == nil && t.input < 0 || t.use != nil && t.out >= len(t.use.Outs) {
		return t // nothing is known of it
	}
	return m.own(t)
}

// build makes the outputs of a use, and holds them against what was promised.
func (u *Use) build(s *layer.Scope, in []*op.Node) ([]*op.Node, error) {
	outs := layer.Make(u.impl, s, in)
	if err := s.Err(); err != nil {
		return nil, err
	}
	if len(outs) != len(u.Outs) {
		return nil, fmt.Errorf("promised %d outputs and built %d", len(u.Outs), len(outs))
	}
	if t, ok := u.impl.(layer.Totalling); ok && t.Total() {
		if got := op.SpecOf(outs[0]); len(got.Shape) != 0 {
			return nil, fmt.Errorf("promised one number for the batch and built %v", got.Shape)
		}
		return outs, nil
	}
	for i, out := range outs {
		if got := op.SpecOf(out); !shape.Shape(got.Shape[1:]).Fits(u.Outs[i].Spec.Shape) {
			return nil, fmt.Errorf("promised shape %s and built %v", u.Outs[i].Spec, got.Shape)
		}
	}
	return outs, nil
}

// perExample divides a penalty of activities by the batch size, as Keras does.
func perExample(g *op.Graph, penalty *op.Node, batch int) *op.Node {
	return g.Apply(op.Unary{Fn: "affine", A: 1 / float64(batch)}, penalty)
}

// stream is the number of the random stream of one purpose in one use of a layer.
func stream(path string, use int, purpose string) uint64 {
	h := fnv.New64a()
	fmt.Fprintf(h, "%s\x00%d\x00%s", path, use, purpose)
	return h.Sum64()
}
