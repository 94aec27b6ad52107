package optest

import "github.com/dlrun/dlrun/builder/op"

var _ = Add(averageCase("kept apart", 0.75, 0), averageCase("first step", 0, 0), averageCase("overwriting", 0.75, 1))

func averageCase(name string, mu, overwrite float64) Case {
	return Case{
		Name: name, Def: op.Average{At: 1}, In: []Arg{Floats(3, 5), Floats(3, 5), Floats(3).Values(9, mu, overwrite), Floats()},
		Want: func(in []Tensor) [][]float64 {
			w, mean := Zeros(3, 5).V, Zeros(3, 5).V
			for i := range w {
				w[i] = in[0].V[i]
				mean[i] = mu*in[1].V[i] + (1-mu)*w[i]
				if overwrite != 0 {
					w[i] = mean[i]
				}
			}
			return [][]float64{w, mean}
		},
	}
}
