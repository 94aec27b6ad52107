package optest

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/internal/kernel/philox"
)

func gaussianNoiseCase(name string, o op.GaussianNoise, x ...int) Case {
	o.Stream = 0xfeed
	return Case{Name: "gaussian_noise/" + name, Def: o, In: []Arg{Floats(x...)}, Want: gaussianNoise(o)}
}

var _ = Add(
	gaussianNoiseCase("add", op.GaussianNoise{Stddev: 0.4}, 3, 5, 4),
	gaussianNoiseCase("multiply", op.GaussianNoise{Mean: 1, Stddev: 0.4, Multiply: true}, 3, 5, 4),
	gaussianNoiseCase("own_seed", op.GaussianNoise{Stddev: 2, OwnSeed: true, Seed: 9}, 4, 7),
	gaussianNoiseCase("large", op.GaussianNoise{Mean: 1, Stddev: 0.5, Multiply: true}, 37, 1001),
)

func gaussianNoise(o op.GaussianNoise) func(in []Tensor) [][]float64 {
	return func(in []Tensor) [][]float64 {
		seed := uint64(Seed)
		if o.OwnSeed {
			seed = o.Seed
		}
		n := make([]float32, len(in[0].V))
		philox.Normal(n, philox.NewKey(seed).Derive(o.Stream).Derive(Step), 0, float32(o.Mean), float32(o.Stddev))
		out := make([]float64, len(n))
		for i, v := range in[0].V {
			if out[i] = v + float64(n[i]); o.Multiply {
				out[i] = v * float64(n[i])
			}
		}
		return [][]float64{out}
	}
}
