package op

import "fmt"

// Slice is the part of its input from Begin up to, but without, End along each axis.
type Slice struct{ Begin, End []int }

// SliceAxis is the Slice of a tensor along one axis.
func SliceAxis(s Spec, axis, begin, end int) Slice {
	o := Slice{make([]int, len(s.Shape)), append([]int(nil), s.Shape...)}
	o.Begin[axis], o.End[axis] = begin, end
	return o
}

// Kind is "slice".
func (Slice) Kind() string { return "slice" }

// Infer checks that the part lies within the input.
func (o Slice) Infer(in []Spec) ([]Spec, error) {
	s := in[0].Shape
	if len(o.Begin) != len(s) || len(o.End) != len(s) {
		return nil, fmt.Errorf("a part from %v to %v of shape %v", o.Begin, o.End, s)
	}
	out := make([]int, len(s))
	for i, d := range s {
		if o.Begin[i] < 0 || o.End[i] < o.Begin[i] || o.End[i] > d {
			return nil, fmt.Errorf("the part from %v to %v leaves the shape %v at axis %d", o.Begin, o.End, s, i)
		}
		out[i] = o.End[i] - o.Begin[i]
	}
	return []Spec{in[0].With(out...)}, nil
}

// Wrt is true.
func (Slice) Wrt(n int) []bool { return All(n) }

// Grad puts zeros around dy.
func (o Slice) Grad(g *Graph, in []*Node, _, dy *Node) []*Node {
	after := append([]int(nil), in[0].Shape()...)
	for i, e := range o.End {
		after[i] -= e
	}
	return []*Node{g.Apply(Pad{Before: o.Begin, After: after}, dy)}
}

// Pad puts Before and After elements of Value around its input along each axis.
type Pad struct {
	Before, After []int
	Value         float64
}

// Kind is "pad".
func (Pad) Kind() string { return "pad" }

// Infer adds to the sizes.
func (o Pad) Infer(in []Spec) ([]Spec, error) {
	s := in[0].Shape
	if len(o.Before) != len(s) || len(o.After) != len(s) {
		return nil, fmt.Errorf("padding of %v before and %v after for shape %v", o.Before, o.After, s)
	}
	out := make([]int, len(s))
	for i, d := range s {
		if o.Before[i] < 0 || o.After[i] < 0 {
			return nil, fmt.Errorf("padding of %v before and %v after is negative at axis %d", o.Before, o.After, i)
		}
		out[i] = o.Before[i] + d + o.After[i]
	}
	return []Spec{in[0].With(out...)}, nil
}

// Wrt is true.
func (Pad) Wrt(n int) []bool { return All(n) }

// Grad is the part of dy that is not padding.
func (o Pad) Grad(g *Graph, in []*Node, _, dy *Node) []*Node {
	end := append([]int(nil), in[0].Shape()...)
	for i, b := range o.Before {
		end[i] += b
	}
	return []*Node{g.Apply(Slice{Begin: o.Before, End: end}, dy)}
}
