package optest

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/internal/kernel/philox"
)

func dropoutCase(name string, d op.Dropout, x ...int) Case {
	d.Stream = 0xfeed
	return Case{Name: "dropout/" + name, Def: d, In: []Arg{Floats(x...)}, Want: dropout(d)}
}

var _ = Add(
	dropoutCase("each", op.Dropout{Rate: 0.4}, 3, 5, 4),
	dropoutCase("own_seed", op.Dropout{Rate: 0.5, OwnSeed: true, Seed: 9}, 4, 6),
	dropoutCase("none", op.Dropout{}, 3, 7),
	dropoutCase("all", op.Dropout{Rate: 1}, 3, 7),
	dropoutCase("shared_by_columns", op.Dropout{Rate: 0.5, Noise: []int{6, 1, 5}}, 6, 4, 5),
	dropoutCase("shared_by_batch", op.Dropout{Rate: 0.3, Noise: []int{1, 3, 1}}, 6, 3, 5),
	dropoutCase("large", op.Dropout{Rate: 0.2}, 37, 1001),
	dropoutCase("large_shared", op.Dropout{Rate: 0.2, Noise: []int{5, 1, 1, 70}}, 5, 9, 11, 70),
)

func dropout(d op.Dropout) func(in []Tensor) [][]float64 {
	return func(in []Tensor) [][]float64 {
		x := in[0]
		seed := uint64(Seed)
		if d.OwnSeed {
			seed = d.Seed
		}
		key := philox.NewKey(seed).Derive(d.Stream).Derive(Step)
		limit := uint64((1 - d.Rate) * (1 << 32))
		out := make([]float64, len(x.V))
		for i, v := range x.V {
			at, rest, stride := 0, i, 1
			for a := len(x.Shape) - 1; a >= 0; a-- {
				k := rest % x.Shape[a]
				rest /= x.Shape[a]
				if d.Noise == nil || d.Noise[a] != 1 {
					at += k * stride
					stride *= x.Shape[a]
				}
			}
			if uint64(key.Uint32(uint64(at))) < limit {
				out[i] = v * float64(float32(1/(1-d.Rate)))
			}
		}
		return [][]float64{out}
	}
}
