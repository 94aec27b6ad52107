package optest

import (
	"math"

	"github.com/dlrun/dlrun/builder/op"
)

func rotaryCase(name string, d op.Rotary, x ...int) Case {
	return Case{Name: "rotary/" + name, Def: d, In: []Arg{Floats(x...)}, Want: rotary(d), Tol: 3e-7}
}

var _ = Add(
	rotaryCase("sequence", op.Rotary{Sequence: 1, Features: 2, Frequencies: []float64{1, 0.25, 0.125}, Factor: 1}, 2, 5, 6),
	rotaryCase("heads", op.Rotary{Sequence: 1, Features: 3, Frequencies: []float64{1, 0.5}, Factor: 1.5, Start: 7}, 2, 5, 3, 4),
	rotaryCase("features_first", op.Rotary{Sequence: 2, Features: 1, Frequencies: []float64{1, 0.5}, Factor: 1, Back: true}, 2, 4, 3, 5),
	rotaryCase("large", op.Rotary{Sequence: 2, Features: 3, Frequencies: []float64{1, 0.5, 0.25, 0.125}, Factor: 1}, 3, 30, 51, 8),
)

func rotary(d op.Rotary) func(in []Tensor) [][]float64 {
	return func(in []Tensor) [][]float64 {
		x := in[0]
		y := make([]float64, len(x.V))
		half := len(d.Frequencies)
		for i := range y {
			at, rest := make([]int, len(x.Shape)), i
			for a := len(at) - 1; a >= 0; a-- {
				at[a], rest = rest%x.Shape[a], rest/x.Shape[a]
			}
			f := at[d.Features]
			angle := float64(d.Start+at[d.Sequence]) * d.Frequencies[f%half]
			if d.Back {
				angle = -angle
			}
			at[d.Features] = (f + half) % (2 * half)
			other := x.At(at...)
			if f < half {
				other = -other
			}
			y[i] = d.Factor * (x.V[i]*math.Cos(angle) + other*math.Sin(angle))
		}
		return [][]float64{y}
	}
}
