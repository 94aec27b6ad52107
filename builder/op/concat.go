package op

import (
	"fmt"
	"slices"
)

// Concat puts its inputs, of any number, one after the other along an axis.
type Concat struct{ Axis int }

// Kind is "concat".
func (Concat) Kind() string { return "concat" }

// Infer adds up the sizes of the axis; all others must agree.
func (o Concat) Infer(in []Spec) ([]Spec, error) {
	if len(in) == 0 || o.Axis < 0 || o.Axis >= len(in[0].Shape) {
		return nil, fmt.Errorf("%d inputs have no axis %d in common", len(in), o.Axis)
	}
	out := in[0].With(in[0].Shape...)
	for _, s := range in[1:] {
		same := len(s.Shape) == len(out.Shape) && s.DType == out.DType
		if same {
			same = slices.Equal(without(s.Shape, o.Axis), without(out.Shape, o.Axis))
		}
		if !same {
			return nil, fmt.Errorf("%v does not go with %v along axis %d", s, in[0], o.Axis)
		}
		out.Shape[o.Axis] += s.Shape[o.Axis]
	}
	return []Spec{out}, nil
}

// Wrt is true for all.
func (Concat) Wrt(n int) []bool { return All(n) }

// Grad cuts dy into the inputs' parts.
func (o Concat) Grad(g *Graph, in []*Node, _, dy *Node) []*Node {
	out := make([]*Node, len(in))
	at := 0
	for i, n := range in {
		d := n.Shape()[o.Axis]
		out[i] = g.Apply(SliceAxis(SpecOf(dy), o.Axis, at, at+d), dy)
		at += d
	}
	return out
}
