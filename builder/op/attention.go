package op

import "fmt"

// Attention lets each query take a weighted mean of the values: y = softmax(Scale·q·kᵀ)·v for each
// head (Vaswani and others, "Attention is all you need", 2017), computed tile by tile with a running
// maximum and sum, so that the matrix of scores is never held (Dao and others, "FlashAttention",
// 2022).
//
// In: q [batch, T, heads, depth], k [batch, S, groups, depth], v [batch, S, groups, width], where
// heads is a multiple of groups and head h looks at group h·groups/heads; then the masks. Out: y
// [batch, T, heads, width], and the logarithm of each row's sum of exponentials [batch, heads, T],
// from which the gradient computes the scores again.
type Attention struct {
	Scale float64
	Sight
}

// Sight says which keys a query may attend to, and which of these it forgets while training.
//
// Query t may attend to key s where every mask is other than 0, and s ≤ t with Causal, and
// |t-s| < Window with a Window. Each mask has the shape [batch, heads, T, S], an axis of size 1
// standing for all.
type Sight struct {
	Causal bool
	Window int // 0 for none
	Masks  int // how many inputs are masks
	// Mean makes a query that may attend to no key take the mean of all values; else it gets zeros.
	Mean bool

	// Each weight becomes 0 with probability Rate, the others are divided by 1-Rate. The draw for a
	// weight is number ((b·heads+h)·T+t)·S+s of the sequence that Dropout would use.
	Rate    float64
	Stream  uint64
	OwnSeed bool
	Seed    uint64
}

// Dropout is how the weights are dropped.
func (o Sight) Dropout() Dropout {
	return Dropout{Rate: o.Rate, Stream: o.Stream, OwnSeed: o.OwnSeed, Seed: o.Seed}
}

// check holds the masks against the scores they are for.
func (o Sight) check(masks []Spec, batch, heads, t, s int) error {
	if len(masks) != o.Masks {
		return fmt.Errorf("%d masks, want %d", len(masks), o.Masks)
	}
	if !(o.Rate >= 0 && o.Rate <= 1) || o.Window < 0 {
		return fmt.Errorf("a rate of %v, a window of %d", o.Rate, o.Window)
	}
	for _, m := range masks {
		ok := len(m.Shape) == 4
		for i, d := range []int{batch, heads, t, s} {
			ok = ok && (m.Shape[i] == d || m.Shape[i] == 1)
		}
		if !ok {
			return fmt.Errorf("a mask of shape %v for scores of shape [%d %d %d %d]", m.Shape, batch, heads, t, s)
		}
	}
	return nil
}

// Kind is "attention".
func (Attention) Kind() string { return "attention" }

// Infer checks that the sizes agree.
func (o Attention) Infer(in []Spec) ([]Spec, error) {
	if len(in) < 3 {
		return nil, fmt.Errorf("%d inputs, want a query, a key and a value", len(in))
	}
	q, k, v := in[0].Shape, in[1].Shape, in[2].Shape
	if len(q) != 4 || len(k) != 4 || len(v) != 4 || q[0] != k[0] || q[0] != v[0] || q[3] != k[3] || k[1] != v[1] || k[2] != v[2] {
		return nil, fmt.Errorf("a query of shape %v, a key of shape %v and a value of shape %v do not fit together", q, k, v)
	}
	if k[2] < 1 || q[2]%k[2] != 0 {
		return nil, fmt.Errorf("%d heads cannot share %d groups of keys", q[2], k[2])
	}
	if err := o.check(in[3:], q[0], q[2], q[1], k[1]); err != nil {
		return nil, err
	}
	return []Spec{in[0].With(q[0], q[1], q[2], v[3]), in[0].With(q[0], q[2], q[1])}, nil
}

// Wrt is true for query, key and value.
func (Attention) Wrt(n int) []bool { return firstOf(3, n) }

// firstOf is true for the first k of n.
func firstOf(k, n int) []bool {
	w := make([]bool, n)
	for i := range min(k, n) {
		w[i] = true
	}
	return w
}

// Grad makes the three gradients in one node.
func (o Attention) Grad(g *Graph, in []*Node, y, dy *Node) []*Node {
	n := g.Apply(AttentionGrad{o}, append([]*Node{in[0], in[1], in[2], y, g.Pick(y, 1), dy}, in[3:]...)...)
	return append([]*Node{n, g.Pick(n, 1), g.Pick(n, 2)}, make([]*Node, o.Masks)...)
}

// AttentionGrad is (q, k, v, y, the logarithms of the sums, dy, the masks) -> dq, dk, dv.
type AttentionGrad struct{ Attention }

// Kind is "attention.grad".
func (AttentionGrad) Kind() string { return "attention.grad" }

// Infer gives each gradient the shape of what it belongs to.
func (AttentionGrad) Infer(in []Spec) ([]Spec, error) { return []Spec{in[0], in[1], in[2]}, nil }

// Wrt hides the gradient rule of the embedded Attention: there are no second derivatives.
func (AttentionGrad) Wrt(n int) []bool { return make([]bool, n) }

// pairs is how many pairs of a query and a key there are for which neither Causal nor Window hides the key.
func (o Sight) pairs(queries, keys int) int {
	n := 0
	for t := range queries {
		first, end := 0, keys
		if o.Window > 0 {
			first, end = max(0, t-o.Window+1), min(end, t+o.Window)
		}
		if o.Causal {
			end = min(end, t+1)
		}
		n += max(0, end-first)
	}
	return n
}

// MultiplyAdds is one for each pair of a query and a key that it sees, and element of the key and of the value. Masks do not count.
func (o Attention) MultiplyAdds(in []Spec, _ []bool) int {
	q, v := in[0].Shape, in[2].Shape
	return q[0] * q[2] * o.pairs(q[1], in[1].Shape[1]) * (q[3] + v[3])
}

// MultiplyAdds is what dq and dk take of the depth, dv and the gradient of the weights of the width; the weights themselves were
// computed before.
func (o AttentionGrad) MultiplyAdds(in []Spec, read []bool) int {
	q, v := in[0].Shape, in[2].Shape
	n := count(read, 0, 1)*q[3] + count(read, 2)*v[3]
	if count(read, 0, 1) > 0 {
		n += v[3]
	}
	return q[0] * q[2] * o.pairs(q[1], in[1].Shape[1]) * n
}
