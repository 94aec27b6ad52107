package op

import "fmt"

// Fourier is the discrete Fourier transform along the last axis of [rows, 2, n], real parts and then imaginary ones: the sums
// of x[t]·e^(-2πikt/n), or with Inverse of x[t]·e^(2πikt/n), not divided by n.
type Fourier struct{ Inverse bool }

// Kind is "fourier".
func (Fourier) Kind() string { return "fourier" }

// Infer is the input's spec.
func (Fourier) Infer(in []Spec) ([]Spec, error) {
	if s := in[0].Shape; len(s) != 3 || s[1] != 2 || s[2] < 1 || in[0].DType == Int32 {
		return nil, fmt.Errorf("real and imaginary parts [rows, 2, n] are wanted, got %v", in[0])
	}
	return []Spec{in[0]}, nil
}

// Wrt is true.
func (Fourier) Wrt(n int) []bool { return All(n) }

// Grad is the transform the other way round: the transpose of the real matrix that this one is.
func (o Fourier) Grad(g *Graph, _ []*Node, _, dy *Node) []*Node {
	return []*Node{g.Apply(Fourier{Inverse: !o.Inverse}, dy)}
}
