package optest

import (
	"gorgonia.org/tensor"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/internal/kernel/philox"
)

func randomCase(o op.Random, fill func(dst []float32, k philox.Key)) Case {
	o.Stream = 0xfeed
	return times("random/"+o.Fn, func(float tensor.Dtype) op.Def { o := o; o.To = float; return o }, o.Shape, func([]Tensor) []float64 {
		seed := uint64(Seed)
		if o.OwnSeed {
			seed = o.Seed
		}
		n := make([]float32, op.Spec{Shape: o.Shape}.Elems())
		out := make([]float64, len(n))
		if fill == nil {
			return out
		}
		fill(n, philox.NewKey(seed).Derive(o.Stream).Derive(Step))
		for i, v := range n {
			out[i] = float64(v)
		}
		return out
	}, Floats(3))
}

var _ = Add(
	randomCase(op.Random{Fn: "uniform", A: -2, B: 3, Shape: []int{3, 7}}, func(d []float32, k philox.Key) { philox.Uniform(d, k, 0, -2, 3) }),
	randomCase(op.Random{Fn: "normal", A: 1, B: 0.5, Shape: []int{37, 1001}}, func(d []float32, k philox.Key) { philox.Normal(d, k, 0, 1, 0.5) }),
	randomCase(op.Random{Fn: "truncated_normal", B: 2, Shape: []int{5, 5}, OwnSeed: true, Seed: 4}, func(d []float32, k philox.Key) { philox.TruncatedNormal(d, k, 0, 0, 2) }),
)
