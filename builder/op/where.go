package op

import "fmt"

// Where takes its second input where the first, a float, is not 0, and its third elsewhere. All are
// stretched to one shape as in NumPy.
type Where struct{}

// Kind is "where".
func (Where) Kind() string { return "where" }

// Infer is the shape that all inputs stretch to.
func (Where) Infer(in []Spec) ([]Spec, error) {
	if in[0].DType == Int32 || in[1].DType != in[2].DType {
		return nil, fmt.Errorf("a choice by %v between %v and %v", in[0], in[1], in[2])
	}
	s, err := Broadcast(in[1].Shape, in[2].Shape)
	if err == nil {
		s, err = Broadcast(in[0].Shape, s)
	}
	if err != nil {
		return nil, err
	}
	return []Spec{in[1].With(s...)}, nil
}

// Wrt is true for both values.
func (Where) Wrt(int) []bool { return []bool{false, true, true} }

// Grad gives each element of dy to the value it was taken from.
func (Where) Grad(g *Graph, in []*Node, _, dy *Node) []*Node {
	da := g.Apply(WhereGrad{}, in[0], dy)
	db := g.Pick(da, 1)
	if g.Err() != nil {
		return nil
	}
	return []*Node{nil, SumTo(g, da, in[1].Shape()), SumTo(g, db, in[2].Shape())}
}

// WhereGrad is (condition, dy) -> dy where the condition is not 0, and dy where it is, of dy's shape and 0
// elsewhere.
type WhereGrad struct{}

// Kind is "where.grad".
func (WhereGrad) Kind() string { return "where.grad" }

// Infer is dy's spec, twice.
func (WhereGrad) Infer(in []Spec) ([]Spec, error) { return []Spec{in[1], in[1]}, nil }
