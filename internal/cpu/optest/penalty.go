package optest

import (
	"math"

	"github.com/dlrun/dlrun/builder/op"
)

func sumOf(scale float64, f func(x float64) float64) func(in []Tensor) [][]float64 {
	return func(in []Tensor) [][]float64 {
		s := 0.0
		for _, x := range in[0].V {
			s += f(x)
		}
		return [][]float64{{scale * s}}
	}
}

func square(x float64) float64 { return x * x }

var _ = Add(
	Case{Name: "of a matrix", Def: op.SumSquares{Scale: 0.01}, In: []Arg{Floats(3, 5)}, Want: sumOf(0.01, square)},
	Case{Name: "of several tasks", Def: op.SumSquares{Scale: 2}, In: []Arg{Floats(7, 9001)}, Want: sumOf(2, square)},
	Case{Name: "of a matrix", Def: op.SumAbs{Scale: 0.01}, In: []Arg{Floats(3, 5)}, Want: sumOf(0.01, math.Abs)},
	Case{Name: "of several tasks", Def: op.SumAbs{Scale: 2}, In: []Arg{grid(Floats(7, 9001), 0.1)}, Want: sumOf(2, math.Abs)},
	Case{Name: "of zeros", Def: op.SumAbs{Scale: 2}, In: []Arg{Floats(3).Values(0, 1, -2)}, Want: sumOf(2, math.Abs)},
)
