package optest

import "github.com/dlrun/dlrun/builder/op"

var _ = Add(rememberCase("first", 1), rememberCase("later", 0), lookaheadCase("sync", 0.5), lookaheadCase("between", 0))

func rememberCase(name string, first float64) Case {
	return Case{
		Name: "remember/" + name, Def: op.Remember{At: 2}, In: []Arg{Floats(3, 5), Floats(3, 5), Floats(3).Values(9, 7, first)},
		Want: func(in []Tensor) [][]float64 {
			if first != 0 {
				return [][]float64{in[2].V, in[0].V}
			}
			return [][]float64{in[2].V, in[1].V}
		},
	}
}

func lookaheadCase(name string, share float64) Case {
	return Case{
		Name: "lookahead/" + name, Def: op.Lookahead{At: 1}, In: []Arg{Floats(3, 5), Floats(3, 5), Floats(2).Values(9, share), Floats()},
		Want: func(in []Tensor) [][]float64 {
			if share == 0 {
				return [][]float64{in[0].V, in[1].V}
			}
			slow := Zeros(3, 5).V
			for i := range slow {
				slow[i] = in[1].V[i] + share*(in[0].V[i]-in[1].V[i])
			}
			return [][]float64{slow, slow}
		},
	}
}
