package op

// Sparsemax is max(x - τ, 0) along an axis, as Keras computes it in every backend
// (keras/src/backend/jax/nn.py: sparsemax). With z the elements in descending order, their support is
// the k first for which z_j > (c_j - 1)/j, where c_j = z_1 + ... + z_j; and τ = (c_1 + ... + c_k - 1)/k.
//
// Martins and Astudillo (2016, arXiv:1602.02068), whom Keras names as the source, have c_k in place
// of that sum, which makes the result add up to 1. The two are the same only where k is 1.
type Sparsemax struct{ Axis int } // from 0

// Kind is "sparsemax".
func (Sparsemax) Kind() string { return "sparsemax" }

// Infer is the input's spec.
func (o Sparsemax) Infer(in []Spec) ([]Spec, error) { return along(in[0], o.Axis) }

// Wrt is true.
func (Sparsemax) Wrt(n int) []bool { return All(n) }

// Grad needs the input, for the order of its elements.
func (o Sparsemax) Grad(g *Graph, in []*Node, _, dy *Node) []*Node {
	return []*Node{g.Apply(SparsemaxGrad{o}, in[0], dy)}
}

// SparsemaxGrad is (x, dy) -> dx: dy where the result is positive, less (k-j+1)/k times the sum of
// those dy for the j-th element of the support.
type SparsemaxGrad struct{ Sparsemax }

// Kind is "sparsemax.grad".
func (SparsemaxGrad) Kind() string { return "sparsemax.grad" }

// Wrt hides the gradient rule of the embedded Sparsemax: there are no second derivatives.
func (SparsemaxGrad) Wrt(n int) []bool { return make([]bool, n) }
