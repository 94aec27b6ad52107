package optest

import "github.com/dlrun/dlrun/builder/op"

var _ = Add(
	Case{
		Name: "several", Def: op.Finite{}, In: []Arg{Floats(4), Floats(20000), Floats(1, 1)}, NoGrad: []int{},
		Want: func([]Tensor) [][]float64 { return [][]float64{{0}} },
	},
	Case{
		Name: "unscale", Def: op.Unscale{}, In: []Arg{Floats(3, 5), Floats().Values(8), Floats()}, NoGrad: []int{},
		Want: func(in []Tensor) [][]float64 {
			return [][]float64{in[0].Map(func(x float64) float64 { return x / 8 })}
		},
	},
)
