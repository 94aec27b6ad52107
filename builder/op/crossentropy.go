package op

import (
	"fmt"
	"slices"
)

// Crossentropy is the cross entropy between a target distribution and a predicted one along an
// axis of classes: (y, x) -> values, of x's shape without the axis. After
// keras/src/backend/jax/nn.py, categorical_crossentropy: from probabilities they are divided by
// their sum, cut to [1e-7, 1-1e-7] and their logarithm is taken, all of which is differentiated;
// from logits it is log_softmax.
//
// Output 1 is what the gradient needs besides: from logits the probabilities, of x's shape. Output
// 2, with Ignore, is 1 where a position counts and 0 where its label is the ignored one.
type Crossentropy struct {
	FromLogits bool
	Axis       int
	Sparse     bool    // y holds int32 labels and has no axis of classes; a label that is no class fails the step
	HasIgnore  bool    // Sparse only: positions of the label Ignore have value 0
	Ignore     int     //
	Smoothing  float64 // not Sparse: y becomes y(1-s) + s/classes
}

// Kind is "crossentropy".
func (Crossentropy) Kind() string { return "crossentropy" }

// Infer drops the axis.
func (c Crossentropy) Infer(in []Spec) ([]Spec, error) {
	y, x := in[0], in[1]
	if c.Axis < 0 || c.Axis >= len(x.Shape) || x.DType == Int32 {
		return nil, fmt.Errorf("there is no axis %d of classes in %v", c.Axis, x)
	}
	want := x
	if c.Sparse {
		want = Spec{without(x.Shape, c.Axis), Int32}
	}
	if y.DType != want.DType || !slices.Equal(y.Shape, want.Shape) {
		return nil, fmt.Errorf("a target %v does not fit a prediction %v", y, x)
	}
	values := x.With(without(x.Shape, c.Axis)...)
	return []Spec{values, x, values}, nil
}

// Wrt is true for the prediction: targets are data.
func (Crossentropy) Wrt(int) []bool { return []bool{false, true} }

// Grad is one node; from logits it needs the probabilities in the place of x.
func (c Crossentropy) Grad(g *Graph, in []*Node, out, dy *Node) []*Node {
	x := in[1]
	if c.FromLogits {
		x = g.Pick(out, 1)
	}
	return []*Node{nil, g.Apply(CrossentropyGrad{c}, in[0], x, dy)}
}

// CrossentropyGrad is (y, x, dvalues) -> dx, where x is the probabilities when from logits.
type CrossentropyGrad struct{ Crossentropy }

// Kind is "crossentropy.grad".
func (CrossentropyGrad) Kind() string { return "crossentropy.grad" }

// Infer is the spec of x.
func (CrossentropyGrad) Infer(in []Spec) ([]Spec, error) { return []Spec{in[1]}, nil }

// Wrt hides the gradient rule of the embedded Crossentropy.
func (CrossentropyGrad) Wrt(n int) []bool { return make([]bool, n) }
