package optest

import (
	"math"

	"github.com/dlrun/dlrun/builder/op"
)

var _ = Add(
	normCase("one", Floats(3, 5)),
	normCase("several", Floats(4), Floats(20000), Floats(1, 1), Floats()),
	normCase("zeros", Floats(3).From(0, 0)),
	clipNormCase("below", 2, false, 1.5),
	clipNormCase("above", 2, false, 3),
	clipNormCase("of nothing", 2, false, 0),
	clipNormCase("of everything", 2, false, math.Inf(1)),
	clipNormCase("of NaN", 2, false, math.NaN()),
	clipNormCase("below, global", 2, true, 1.5),
	clipNormCase("above, global", 2, true, 3),
	clipNormCase("of nothing, global", 2, true, 0),
	clipNormCase("of everything, global", 2, true, math.Inf(1)),
	clipNormCase("of NaN, global", 2, true, math.NaN()),
)

func normCase(name string, in ...Arg) Case {
	return Case{Name: name, Def: op.Norm{}, In: in, Want: func(in []Tensor) [][]float64 {
		s := 0.0
		for _, t := range in {
			for _, x := range t.V {
				s += x * x
			}
		}
		return [][]float64{{math.Sqrt(s)}}
	}}
}

func clipNormCase(name string, most float64, global bool, norm float64) Case {
	return Case{Name: name, Def: op.ClipNorm{Max: most, Global: global}, In: []Arg{Floats(3, 5), Floats().Values(norm)}, Want: func(in []Tensor) [][]float64 {
		return [][]float64{in[0].Map(func(x float64) float64 {
			switch {
			case norm != norm, global && math.IsInf(norm, 1):
				return math.NaN()
			case norm > most:
				return x / norm * most
			}
			return x
		})}
	}}
}
