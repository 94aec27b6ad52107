package op

// Sparsemax is the point of the probability simplex that is nearest to its input along an axis
// (Martins and Astudillo, 2016, arXiv:1602.02068): max(x - τ, 0), τ such that the sum is 1.
type Sparsemax struct{ Axis int } // from 0

// Kind is "sparsemax".
func (Sparsemax) Kind() string { return "sparsemax" }

// Infer is the input's spec.
func (o Sparsemax) Infer(in []Spec) ([]Spec, error) { return along(in[0], o.Axis) }

// Wrt is true.
func (Sparsemax) Wrt(n int) []bool { return All(n) }

// Grad needs the output alone, whose positive elements are the support.
func (o Sparsemax) Grad(g *Graph, _ []*Node, y, dy *Node) []*Node {
	return []*Node{g.Apply(SparsemaxGrad{o}, y, dy)}
}

// SparsemaxGrad is (y, dy) -> dx: dy less its mean over the support, and 0 elsewhere.
type SparsemaxGrad struct{ Sparsemax }

// Kind is "sparsemax.grad".
func (SparsemaxGrad) Kind() string { return "sparsemax.grad" }

// Wrt hides the gradient rule of the embedded Sparsemax: there are no second derivatives.
func (SparsemaxGrad) Wrt(n int) []bool { return make([]bool, n) }
