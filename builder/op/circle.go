package op

import "fmt"

// Circle is the circle loss (Sun et al., 2020, arXiv:2002.10857) of each example of a batch: (y, s) -> values
// [batch]. y are int32 labels [batch]; s [batch, batch] are the products of the examples' vectors of length 1.
// With d = max(1-s, 0), the other examples of the same label as P and those of other labels as N,
//
//	values = softplus(ln Σ_P exp(-Gamma·w·(Margin-d)) + ln Σ_N exp(Gamma·v·(1-Margin-d)))
//	w = Margin+d, v = max(1+Margin-d, 0)
//
// after keras/src/losses/losses.py: circle, where w and v are differentiated too. An example without one
// of either kind has the value 0 and no gradient.
//
// Output 1 is 1 where a value is above 0 and so counts, and 0 elsewhere.
type Circle struct {
	Gamma, Margin float64
	Self          bool // whether an example counts among those of its own label
}

// Kind is "circle".
func (Circle) Kind() string { return "circle" }

// Infer is a value for each example, twice.
func (Circle) Infer(in []Spec) ([]Spec, error) {
	y, s := in[0], in[1]
	if y.DType != Int32 || s.DType == Int32 || len(y.Shape) != 1 || len(s.Shape) != 2 || s.Shape[0] != y.Shape[0] || s.Shape[1] != y.Shape[0] {
		return nil, fmt.Errorf("labels %v do not fit products %v", y, s)
	}
	v := s.With(s.Shape[0])
	return []Spec{v, v}, nil
}

// Wrt is true for the products.
func (Circle) Wrt(int) []bool { return []bool{false, true} }

// Grad is one node.
func (c Circle) Grad(g *Graph, in []*Node, _, dy *Node) []*Node {
	return []*Node{nil, g.Apply(CircleGrad{c}, in[0], in[1], dy)}
}

// CircleGrad is (y, s, dvalues) -> ds.
type CircleGrad struct{ Circle }

// Kind is "circle.grad".
func (CircleGrad) Kind() string { return "circle.grad" }

// Infer is the spec of s.
func (CircleGrad) Infer(in []Spec) ([]Spec, error) { return []Spec{in[1]}, nil }

// Wrt hides the gradient rule of the embedded Circle.
func (CircleGrad) Wrt(n int) []bool { return make([]bool, n) }
