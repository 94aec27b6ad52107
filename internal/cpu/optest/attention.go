package optest

import (
	"math"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/internal/kernel/philox"
)

// scoresOf is the sizes of a case: the scores [batch, heads, t, s], how many heads share their keys,
// and the lengths of a query and of a value.
type scoresOf struct{ batch, heads, t, s, groups, depth, width int }

func attentionCase(name string, n scoresOf, o op.Sight, masks ...Arg) Case {
	o.Stream, o.Masks = 0xa77, len(masks)
	d := op.Attention{Scale: 0.6, Sight: o}
	in := []Arg{
		Floats(n.batch, n.t, n.heads, n.depth).From(-2, 2), Floats(n.batch, n.s, n.groups, n.depth).From(-2, 2),
		Floats(n.batch, n.s, n.groups, n.width),
	}
	return Case{Name: "attention/" + name, Def: d, In: append(in, masks...), Want: attention(d), Tol32: 3e-5}
}

// maskBits is a mask of which one in three hides, the same for every run.
func maskBits(shape ...int) Arg {
	a := Floats(shape...)
	n := 1
	for _, d := range shape {
		n *= d
	}
	for i := range n {
		v := 1.0
		if philox.NewKey(3).Uint32(uint64(i))%3 == 0 {
			v = 0
		}
		a.Given = append(a.Given, v)
	}
	return a
}

func asInts(a Arg) Arg { a.IsInt = true; return a }

var _ = Add(
	attentionCase("plain", scoresOf{2, 3, 4, 5, 3, 6, 7}, op.Sight{}),
	attentionCase("one_key", scoresOf{2, 1, 3, 1, 1, 1, 1}, op.Sight{}),
	attentionCase("causal", scoresOf{2, 2, 37, 37, 2, 5, 4}, op.Sight{Causal: true}),
	attentionCase("causal_more_keys", scoresOf{1, 2, 5, 70, 2, 3, 4}, op.Sight{Causal: true}),
	attentionCase("causal_more_queries", scoresOf{1, 2, 70, 5, 2, 3, 4}, op.Sight{Causal: true}),
	attentionCase("window", scoresOf{1, 2, 75, 75, 2, 4, 4}, op.Sight{Window: 7}),
	attentionCase("window_causal", scoresOf{1, 2, 75, 71, 2, 4, 4}, op.Sight{Window: 3, Causal: true}),
	attentionCase("window_few_keys", scoresOf{1, 1, 40, 7, 1, 4, 4}, op.Sight{Window: 5, Mean: true}),
	attentionCase("groups", scoresOf{2, 6, 9, 11, 2, 4, 5}, op.Sight{}),
	attentionCase("one_group", scoresOf{2, 3, 35, 34, 1, 4, 3}, op.Sight{Causal: true}),
	attentionCase("mask_of_keys", scoresOf{3, 2, 6, 40, 2, 4, 4}, op.Sight{}, maskBits(3, 1, 1, 40)),
	attentionCase("mask_of_all_keys", scoresOf{2, 2, 3, 2, 2, 4, 4}, op.Sight{}, Floats(2, 1, 1, 2).Values(0, 0, 1, 1)),
	attentionCase("mask_of_all_keys_mean", scoresOf{2, 2, 3, 2, 1, 4, 4}, op.Sight{Mean: true}, Floats(2, 1, 1, 2).Values(0, 0, 1, 1)),
	attentionCase("mask_of_queries", scoresOf{3, 2, 6, 5, 2, 4, 4}, op.Sight{}, asInts(maskBits(3, 1, 6, 1))),
	attentionCase("mask_of_queries_mean", scoresOf{3, 2, 36, 5, 2, 4, 4}, op.Sight{Mean: true, Causal: true}, maskBits(3, 1, 36, 1), maskBits(3, 1, 1, 5)),
	attentionCase("mask_of_pairs", scoresOf{2, 2, 34, 39, 2, 4, 4}, op.Sight{Mean: true}, maskBits(2, 1, 34, 39)),
	attentionCase("mask_of_pairs_by_head", scoresOf{2, 4, 6, 7, 2, 4, 4}, op.Sight{}, asInts(maskBits(1, 4, 6, 7)), maskBits(2, 4, 1, 7), maskBits(2, 1, 6, 1)),
	attentionCase("drop", scoresOf{2, 2, 35, 37, 1, 4, 5}, op.Sight{Rate: 0.3, Causal: true}),
	attentionCase("drop_own_seed", scoresOf{2, 2, 5, 6, 2, 4, 5}, op.Sight{Rate: 0.5, OwnSeed: true, Seed: 4}, maskBits(2, 1, 1, 6)),
	attentionCase("drop_all", scoresOf{1, 1, 3, 4, 1, 2, 2}, op.Sight{Rate: 1}),
	attentionCase("blocks", scoresOf{1, 1, 300, 290, 1, 8, 9}, op.Sight{}),
	attentionCase("blocks_causal_masked", scoresOf{1, 2, 290, 300, 1, 5, 33}, op.Sight{Causal: true, Mean: true}, maskBits(1, 1, 1, 300)),
	attentionCase("blocks_window", scoresOf{1, 1, 330, 330, 1, 3, 3}, op.Sight{Window: 40, Rate: 0.2}),
	attentionCase("deep", scoresOf{1, 1, 3, 4, 1, 530, 70}, op.Sight{}),
)

// attention is the op written out: the matrix of scores, its softmax, the product with the values.
func attention(d op.Attention) func(in []Tensor) [][]float64 {
	return func(in []Tensor) [][]float64 {
		q, k, v := in[0], in[1], in[2]
		batch, t, heads, depth := q.Shape[0], q.Shape[1], q.Shape[2], q.Shape[3]
		s, share, width := k.Shape[1], q.Shape[2]/k.Shape[2], v.Shape[3]
		y, l := Zeros(batch, t, heads, width), Zeros(batch, heads, t)
		for b := range batch {
			for h := range heads {
				scores := make([][]float64, t)
				for i := range scores {
					scores[i] = make([]float64, s)
					for j := range scores[i] {
						for e := range depth {
							scores[i][j] += d.Scale * q.At(b, i, h, e) * k.At(b, j, h/share, e)
						}
					}
					var weights []float64
					weights, l.V[l.Index(b, h, i)] = weightsOf(d.Sight, in[3:], scores[i], b, h, i, heads, t)
					for j, w := range weights {
						for e := range width {
							y.V[y.Index(b, i, h, e)] += w * v.At(b, j, h/share, e)
						}
					}
				}
			}
		}
		return [][]float64{y.V, l.V}
	}
}

// weightsOf is the weights that query t gives the keys, and the logarithm of the sum of exponentials.
func weightsOf(o op.Sight, masks []Tensor, scores []float64, b, h, t, heads, queries int) ([]float64, float64) {
	n := len(scores)
	seen := make([]bool, n)
	sum := 0.0
	for s := range seen {
		seen[s] = !(o.Causal && s > t) && !(o.Window > 0 && max(s-t, t-s) >= o.Window)
		for _, m := range masks {
			at := []int{b, h, t, s}
			for a, d := range m.Shape {
				if d == 1 {
					at[a] = 0
				}
			}
			seen[s] = seen[s] && m.At(at...) != 0
		}
		if seen[s] {
			sum += math.Exp(scores[s])
		}
	}
	weights := make([]float64, n)
	if sum == 0 {
		if o.Mean {
			for s := range weights {
				weights[s] = 1 / float64(n)
			}
		}
		return weights, math.Inf(1)
	}
	seed := uint64(Seed)
	if o.OwnSeed {
		seed = o.Seed
	}
	key := philox.NewKey(seed).Derive(o.Stream).Derive(Step)
	limit := uint64((1 - o.Rate) * (1 << 32))
	for s := range weights {
		if seen[s] {
			weights[s] = math.Exp(scores[s]) / sum
		}
		if o.Rate > 0 {
			if uint64(key.Uint32(uint64(((b*heads+h)*queries+t)*n+s))) < limit {
				weights[s] *= float64(float32(1 / (1 - o.Rate)))
			} else {
				weights[s] = 0
			}
		}
	}
	return weights, math.Log(sum)
}
