package optest

import (
	"math"

	"github.com/dlrun/dlrun/builder/op"
)

var _ = Add(lambCase("short", 0.0625, 5, 7), lambCase("no decay", 0, 5), lambCase("scalar", 0), lambCase("long", 0.0625, 17000))

func lambCase(name string, decay float64, shape ...int) Case {
	h := []float64{decay, 0.25, 0.5, 0.75}
	return Case{
		Name: "lamb/" + name, Def: op.Lamb{Beta1: 0.9, Beta2: 0.99, Epsilon: 1e-7},
		In: []Arg{Floats(shape...), Floats(shape...), Floats(len(h)).Values(h...), Floats(shape...), Floats(shape...).From(0, 1)},
		Want: func(in []Tensor) [][]float64 {
			n := len(in[0].V)
			w, m, v, u := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
			ww, uu := 0.0, 0.0
			for i := range w {
				g := in[1].V[i]
				w[i] = in[0].V[i] * (1 - decay)
				m[i] = 0.9*in[3].V[i] + 0.1*g
				v[i] = 0.99*in[4].V[i] + 0.01*g*g
				u[i] = m[i] / h[2] / (math.Sqrt(v[i]/h[3]) + 1e-7)
				ww += w[i] * w[i]
				uu += u[i] * u[i]
			}
			for i := range w {
				w[i] -= math.Sqrt(ww/uu) * h[1] * u[i]
			}
			return [][]float64{w, m, v}
		},
	}
}
