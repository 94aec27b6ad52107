package optest

import "github.com/dlrun/dlrun/builder/op"

var _ = Add(Case{
	Name: "of three channels", Def: op.Rescale{Scale: []float64{2, -0.5, 1}, Offset: []float64{0, 1, -3}}, In: []Arg{Floats(2, 5, 3)},
	Want: func(in []Tensor) [][]float64 {
		out := make([]float64, len(in[0].V))
		for i, x := range in[0].V {
			out[i] = x*[]float64{2, -0.5, 1}[i%3] + []float64{0, 1, -3}[i%3]
		}
		return [][]float64{out}
	},
})
