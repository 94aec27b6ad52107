package optest

import "github.com/dlrun/dlrun/builder/op"

var _ = Add(muonCase("short", 0.0625, 3, 5), muonCase("long", 0, 170, 100))

func muonCase(name string, decay float64, shape ...int) Case {
	return Case{
		Name: "muon/" + name, Def: op.Muon{Scale: 0.5},
		In: []Arg{Floats(shape...), Floats(shape...), Floats(2).Values(decay, 0.25), Floats(shape...), Floats(shape...)},
		Want: func(in []Tensor) [][]float64 {
			w := make([]float64, len(in[0].V))
			for i, x := range in[0].V {
				w[i] = x - x*decay - 0.25*0.5*in[1].V[i]
			}
			return [][]float64{w, in[4].V}
		},
	}
}
