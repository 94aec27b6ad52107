package op

import "fmt"

// Select takes elements along an axis: element j of the output is element Index[j] of the input. What
// is taken is known when the graph is made: a step, a flip, a shift, a repetition.
type Select struct {
	Axis  int // from 0
	Index []int
}

// Kind is "select".
func (Select) Kind() string { return "select" }

// Infer is the input's spec with as many elements along the axis as are taken.
func (o Select) Infer(in []Spec) ([]Spec, error) {
	s := in[0].Shape
	if o.Axis < 0 || o.Axis >= len(s) {
		return nil, fmt.Errorf("%v has no axis %d", in[0], o.Axis)
	}
	for _, i := range o.Index {
		if i < 0 || i >= s[o.Axis] {
			return nil, fmt.Errorf("element %d of axis %d of %v", i, o.Axis, in[0])
		}
	}
	out := in[0].With(s...)
	out.Shape[o.Axis] = len(o.Index)
	return []Spec{out}, nil
}

// Wrt is true.
func (Select) Wrt(n int) []bool { return All(n) }

// Grad adds what was taken from the same place.
func (o Select) Grad(g *Graph, in []*Node, _, dy *Node) []*Node {
	return []*Node{g.Apply(SelectGrad{o, SpecOf(in[0]).Shape[o.Axis]}, dy)}
}

// SelectGrad is dy -> dx, for an axis of N elements in x: element j goes to place Index[j], what meets there is added, and
// where nothing goes is 0.
type SelectGrad struct {
	Select
	N int
}

// Kind is "select.grad".
func (SelectGrad) Kind() string { return "select.grad" }

// Infer is x's spec.
func (o SelectGrad) Infer(in []Spec) ([]Spec, error) {
	out := in[0].With(in[0].Shape...)
	out.Shape[o.Axis] = o.N
	return []Spec{out}, nil
}

// Wrt is true: it is an operation of its own as well.
func (SelectGrad) Wrt(n int) []bool { return All(n) }

// Grad takes from where each element went.
func (o SelectGrad) Grad(g *Graph, _ []*Node, _, dy *Node) []*Node {
	return []*Node{g.Apply(o.Select, dy)}
}
