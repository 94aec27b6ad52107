package op

import "fmt"

// MatMul multiplies matrices, one pair for each index of the first axis: a [batch, m, k] and b
// [batch, k, n] make [batch, m, n]. TransA says that a is [batch, k, m], TransB that b is [batch, n, k].
type MatMul struct{ TransA, TransB bool }

// Kind is "matmul".
func (MatMul) Kind() string { return "matmul" }

// Sizes are m, n and k.
func (o MatMul) Sizes(a, b []int) (m, n, k int) {
	m, k, n = a[1], a[2], b[2]
	if o.TransA {
		m, k = k, m
	}
	if o.TransB {
		n = b[1]
	}
	return m, n, k
}

// Infer checks the sizes.
func (o MatMul) Infer(in []Spec) ([]Spec, error) {
	a, b := in[0].Shape, in[1].Shape
	if len(a) != 3 || len(b) != 3 || a[0] != b[0] || in[0].DType != in[1].DType || in[0].DType == Int32 {
		return nil, fmt.Errorf("products of matrices of %v and %v", in[0], in[1])
	}
	m, n, k := o.Sizes(a, b)
	other := b[1]
	if o.TransB {
		other = b[2]
	}
	if other != k {
		return nil, fmt.Errorf("products of matrices of shapes %v and %v: %d columns and %d rows", a, b, k, other)
	}
	return []Spec{in[0].With(a[0], m, n)}, nil
}

// Wrt is true for both.
func (MatMul) Wrt(n int) []bool { return All(n) }

// Grad is dy·bᵀ and aᵀ·dy.
func (o MatMul) Grad(g *Graph, in []*Node, _, dy *Node) []*Node {
	a, b := in[0], in[1]
	da := g.Apply(MatMul{TransB: !o.TransB}, dy, b)
	if o.TransA {
		da = g.Apply(MatMul{TransA: o.TransB, TransB: true}, b, dy)
	}
	db := g.Apply(MatMul{TransA: !o.TransA}, a, dy)
	if o.TransB {
		db = g.Apply(MatMul{TransA: true, TransB: o.TransA}, dy, a)
	}
	return []*Node{da, db}
}

// MultiplyAdds is m·n·k for each pair.
func (o MatMul) MultiplyAdds(in []Spec, _ []bool) int {
	m, n, k := o.Sizes(in[0].Shape, in[1].Shape)
	return in[0].Shape[0] * m * n * k
}
