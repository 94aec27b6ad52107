package optest

import (
	"math"

	"github.com/dlrun/dlrun/builder/op"
)

func additiveAttentionCase(name string, n scoresOf, weights int, o op.Sight, masks ...Arg) Case {
	o.Stream, o.Masks = 0xadd, len(masks)
	d := op.AdditiveAttention{Sight: o, Plain: weights == 0}
	in := []Arg{Floats(n.batch, n.t, n.depth), Floats(n.batch, n.s, n.depth), Floats(n.batch, n.s, n.width)}
	if weights > 0 {
		in = append(in, Floats(weights).From(-2, 2))
	}
	return Case{Name: "additive_attention/" + name, Def: d, In: append(in, masks...), Want: additiveAttention(d), Tol32: 3e-5}
}

var _ = Add(
	additiveAttentionCase("plain", scoresOf{batch: 2, t: 3, s: 5, depth: 4, width: 6}, 4, op.Sight{}),
	additiveAttentionCase("no_weights", scoresOf{batch: 2, t: 3, s: 5, depth: 4, width: 6}, 0, op.Sight{}, maskBits(2, 1, 1, 5)),
	additiveAttentionCase("one_weight", scoresOf{batch: 2, t: 19, s: 21, depth: 5, width: 3}, 1, op.Sight{Causal: true}),
	additiveAttentionCase("masked", scoresOf{batch: 3, t: 18, s: 40, depth: 17, width: 3}, 17, op.Sight{}, maskBits(3, 1, 1, 40), maskBits(3, 1, 18, 1)),
	additiveAttentionCase("masked_mean", scoresOf{batch: 2, t: 4, s: 3, depth: 2, width: 3}, 2, op.Sight{Mean: true}, asInts(maskBits(2, 1, 4, 3)), Floats(2, 1, 1, 3).Values(0, 0, 0, 1, 1, 1)),
	additiveAttentionCase("drop", scoresOf{batch: 2, t: 5, s: 18, depth: 3, width: 3}, 3, op.Sight{Rate: 0.4, Window: 4}),
	additiveAttentionCase("one_of_each", scoresOf{batch: 1, t: 1, s: 1, depth: 1, width: 1}, 1, op.Sight{}),
)

func additiveAttention(d op.AdditiveAttention) func(in []Tensor) [][]float64 {
	return func(in []Tensor) [][]float64 {
		q, k, v, w := in[0], in[1], in[2], Tensor{[]int{1}, []float64{1}}
		if !d.Plain {
			w = in[3]
		}
		batch, t, depth, s, width := q.Shape[0], q.Shape[1], q.Shape[2], k.Shape[1], v.Shape[2]
		y, l := Zeros(batch, t, width), Zeros(batch, t)
		for b := range batch {
			for i := range t {
				scores := make([]float64, s)
				for j := range scores {
					for e := range depth {
						scores[j] += w.V[e%len(w.V)] * math.Tanh(q.At(b, i, e)+k.At(b, j, e))
					}
				}
				var weights []float64
				weights, l.V[l.Index(b, i)] = weightsOf(d.Sight, in[d.First():], scores, b, 0, i, 1, t)
				for j, p := range weights {
					for e := range width {
						y.V[y.Index(b, i, e)] += p * v.At(b, j, e)
					}
				}
			}
		}
		return [][]float64{y.V, l.V}
	}
}
