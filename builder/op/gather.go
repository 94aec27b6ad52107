package op

import (
	"fmt"
	"slices"
)

// Gather is (x, indices) -> the elements of x at the indices, int32, along an axis: x [a..., n, b...] and
// indices [k...] make [a..., k..., b...]. With Along the indices have x's shape but for the axis, and each
// is for its own place: y[a, j, b] = x[a, indices[a, j, b], b]. Negative indices count from the end; one
// outside the axis fails the step.
type Gather struct {
	Axis  int // from 0
	Along bool
}

// Kind is "gather".
func (Gather) Kind() string { return "gather" }

// Infer puts the indices' shape in the place of the axis.
func (o Gather) Infer(in []Spec) ([]Spec, error) {
	x, i := in[0].Shape, in[1].Shape
	if o.Axis < 0 || o.Axis >= len(x) || in[1].DType != Int32 {
		return nil, fmt.Errorf("elements of %v along axis %d at %v", in[0], o.Axis, in[1])
	}
	if o.Along {
		if len(i) != len(x) || !slices.Equal(without(i, o.Axis), without(x, o.Axis)) {
			return nil, fmt.Errorf("elements of %v along axis %d at %v, each at its own place", in[0], o.Axis, in[1])
		}
		return []Spec{in[0].With(i...)}, nil
	}
	return []Spec{in[0].With(slices.Concat(x[:o.Axis], i, x[o.Axis+1:])...)}, nil
}

// Wrt is true for x.
func (Gather) Wrt(int) []bool { return []bool{true, false} }

// Grad adds what came from the same element.
func (o Gather) Grad(g *Graph, in []*Node, _, dy *Node) []*Node {
	return []*Node{g.Apply(GatherGrad{o, SpecOf(in[0]).Shape}, in[1], dy), nil}
}

// GatherGrad is (indices, dy) -> dx, for an x of the given shape.
type GatherGrad struct {
	Gather
	Shape []int
}

// Kind is "gather.grad".
func (GatherGrad) Kind() string { return "gather.grad" }

// Infer is x's spec.
func (o GatherGrad) Infer(in []Spec) ([]Spec, error) { return []Spec{in[1].With(o.Shape...)}, nil }

// Wrt hides the gradient rule of the embedded Gather: there are no second derivatives.
func (GatherGrad) Wrt(n int) []bool { return make([]bool, n) }
