package optest

import (
	"math"

	"github.com/dlrun/dlrun/builder/op"
)

func scheduleFree(w, g float64, s, h []float64) float64 {
	s[1] = 0.99*s[1] + 0.01*g*g
	x := (w - 0.1*s[0]) / 0.9
	s[0] -= h[0] * g / (math.Sqrt(s[1]/h[1]) + 1e-8)
	return 0.1*s[0] + 0.9*((1-h[2])*x+h[2]*s[0])
}

var _ = Add(updateCases("later step", op.ScheduleFreeAdamW{Beta1: 0.9, Beta2: 0.99, Epsilon: 1e-8}, 2, []float64{0.25, 0.5, 0.125, 0}, scheduleFree)...)

// At the first step z is w as it was before the decay.
var _ = Add(Case{
	Name: "schedule_free_adamw/first step", Def: op.ScheduleFreeAdamW{Beta1: 0.9, Beta2: 0.99, Epsilon: 1e-8},
	In: []Arg{Floats(5), Floats(5), Floats(5).Values(0.0625, 0.25, 0.5, 1, 1), Floats(5), Floats(5).From(0, 1)},
	Want: func(in []Tensor) [][]float64 {
		out := [][]float64{nil, nil, nil}
		for i, w := range in[0].V {
			s := []float64{w, in[4].V[i]}
			out[0] = append(out[0], scheduleFree(w*(1-0.0625), in[1].V[i], s, []float64{0.25, 0.5, 1}))
			out[1], out[2] = append(out[1], s[0]), append(out[2], s[1])
		}
		return out
	},
})
