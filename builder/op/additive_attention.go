package op

import "fmt"

// AdditiveAttention lets each query take a weighted mean of the values, the score of query t and key
// s being Σ w[i]·tanh(q[t,i] + k[s,i]) (Bahdanau and others, "Neural machine translation by jointly
// learning to align and translate", 2015), and the weights the softmax of the scores. One row of
// scores is held at a time.
//
// In: q [batch, T, depth], k [batch, S, depth], v [batch, S, width], w [depth] or [1] unless Plain, which
// means ones; then the masks of Sight, with one head. Out: y [batch, T, width], and the logarithm of each row's sum of
// exponentials [batch, T].
type AdditiveAttention struct {
	Plain bool
	Sight
}

// First is the place of the first mask among the inputs.
func (o AdditiveAttention) First() int {
	if o.Plain {
		return 3
	}
	return 4
}

// Kind is "additive_attention".
func (AdditiveAttention) Kind() string { return "additive_attention" }

// Infer checks that the sizes agree.
func (o AdditiveAttention) Infer(in []Spec) ([]Spec, error) {
	if len(in) < o.First() {
		return nil, fmt.Errorf("%d inputs, want a query, a key, a value and, unless plain, weights", len(in))
	}
	q, k, v := in[0].Shape, in[1].Shape, in[2].Shape
	if len(q) != 3 || len(k) != 3 || len(v) != 3 || q[0] != k[0] || q[0] != v[0] || q[2] != k[2] || k[1] != v[1] {
		return nil, fmt.Errorf("a query of shape %v, a key of shape %v and a value of shape %v do not fit together", q, k, v)
	}
	if !o.Plain {
		if w := in[3].Shape; len(w) != 1 || w[0] != q[2] && w[0] != 1 {
			return nil, fmt.Errorf("weights of shape %v for a query of shape %v", w, q)
		}
	}
	if err := o.check(in[o.First():], q[0], 1, q[1], k[1]); err != nil {
		return nil, err
	}
	return []Spec{in[0].With(q[0], q[1], v[2]), in[0].With(q[0], q[1])}, nil
}

// Wrt is true for all but the masks.
func (o AdditiveAttention) Wrt(n int) []bool { return firstOf(o.First(), n) }

// Grad makes all gradients in one node.
func (o AdditiveAttention) Grad(g *Graph, in []*Node, y, dy *Node) []*Node {
	n := o.First()
	args := append([]*Node{y, g.Pick(y, 1), dy}, in...)
	d := g.Apply(AdditiveAttentionGrad{o}, args...)
	out := make([]*Node, len(in))
	for i := range n {
		out[i] = g.Pick(d, i)
	}
	return out
}

// AdditiveAttentionGrad is (y, the logarithms of the sums, dy, then the inputs of the op) -> dq, dk, dv
// and, unless Plain, dw.
type AdditiveAttentionGrad struct{ AdditiveAttention }

// Kind is "additive_attention.grad".
func (AdditiveAttentionGrad) Kind() string { return "additive_attention.grad" }

// Infer gives each gradient the shape of what it belongs to.
func (o AdditiveAttentionGrad) Infer(in []Spec) ([]Spec, error) { return in[3 : 3+o.First()], nil }

// Wrt hides the gradient rule of the embedded AdditiveAttention: there are no second derivatives.
func (AdditiveAttentionGrad) Wrt(n int) []bool { return make([]bool, n) }

// MultiplyAdds is one for each pair of a query and a key that it sees, and element of the key and of the value. Masks do not count.
func (o AdditiveAttention) MultiplyAdds(in []Spec, _ []bool) int {
	q := in[0].Shape
	return q[0] * o.pairs(q[1], in[1].Shape[1]) * (q[2] + in[2].Shape[2])
}

// MultiplyAdds is what dq, dk and dw take of the depth, dv and the gradient of the weights of the width.
func (o AdditiveAttentionGrad) MultiplyAdds(in []Spec, read []bool) int {
	q, k, v := in[3].Shape, in[4].Shape, in[5].Shape
	n := count(read, 0, 1, 3)*q[2] + count(read, 2)*v[2]
	if count(read, 0, 1, 3) > 0 {
		n += v[2]
	}
	return q[0] * o.pairs(q[1], k[1]) * n
}
