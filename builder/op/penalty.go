package op

import "fmt"

// SumSquares is Scale times the sum of the squares of all elements, a scalar.
type SumSquares struct{ Scale float64 }

// Kind is "sum_squares".
func (SumSquares) Kind() string { return "sum_squares" }

// Infer is a scalar.
func (SumSquares) Infer(in []Spec) ([]Spec, error) { return scalar(in[0]) }

func scalar(s Spec) ([]Spec, error) {
	if s.DType == Int32 {
		return nil, fmt.Errorf("floats are wanted, got %v", s)
	}
	return []Spec{{Shape: []int{}, DType: s.DType}}, nil
}

// Wrt is true.
func (SumSquares) Wrt(n int) []bool { return All(n) }

// Grad is 2·Scale·x·dy.
func (o SumSquares) Grad(g *Graph, in []*Node, _, dy *Node) []*Node {
	return []*Node{g.Apply(Binary{"mul"}, g.Apply(Scale(2*o.Scale), in[0]), dy)}
}

// SumAbs is Scale times the sum of the absolute values of all elements, a scalar.
type SumAbs struct{ Scale float64 }

// Kind is "sum_abs".
func (SumAbs) Kind() string { return "sum_abs" }

// Infer is a scalar.
func (SumAbs) Infer(in []Spec) ([]Spec, error) { return scalar(in[0]) }

// Wrt is true.
func (SumAbs) Wrt(n int) []bool { return All(n) }

// Grad is Scale·dy with the sign of x, 0 at 0.
func (o SumAbs) Grad(g *Graph, in []*Node, _, dy *Node) []*Node {
	return []*Node{g.Apply(Binary{"mul"}, g.Apply(Unary{Fn: "sign"}, in[0]), g.Apply(Scale(o.Scale), dy))}
}
