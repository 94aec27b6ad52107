package optest

import "github.com/dlrun/dlrun/builder/op"

var _ = Add(
	Case{Name: "add", Def: op.Accumulate{}, In: []Arg{Floats(17003), Floats(17003)}, Want: func(in []Tensor) [][]float64 {
		sum := make([]float64, len(in[0].V))
		for i := range sum {
			sum[i] = in[0].V[i] + in[1].V[i]
		}
		return [][]float64{sum}
	}},
	Case{Name: "clear", Def: op.Accumulate{Clear: true}, In: []Arg{Floats(5, 7), Floats(1)}, Want: func(in []Tensor) [][]float64 {
		return [][]float64{make([]float64, len(in[0].V))}
	}},
)
