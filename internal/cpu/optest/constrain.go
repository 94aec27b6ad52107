package optest

import (
	"fmt"
	"math"

	"github.com/dlrun/dlrun/builder/op"
)

// limited scales t by what wanted makes of its norms along axes.
func limited(t Tensor, axes []int, wanted func(n float64) float64) []float64 {
	squares := Tensor{t.Shape, t.Map(func(x float64) float64 { return x * x })}
	n := reduced("sum", squares, axes)
	kept := append([]int(nil), t.Shape...)
	for _, a := range axes {
		kept[a] = 1
	}
	out := append([]float64(nil), t.V...)
	for i, s := range stretched(Tensor{kept, n}, t.Shape) {
		out[i] *= wanted(math.Sqrt(s)) / (1e-7 + math.Sqrt(s))
	}
	return out
}

var _ = Add(constrainCases()...)

func constrainCases() []Case {
	out := []Case{{
		Name: "of a matrix", Def: op.NonNeg{}, In: []Arg{Floats(5, 7)},
		Want: func(in []Tensor) [][]float64 {
			return [][]float64{in[0].Map(func(x float64) float64 { return math.Max(x, 0) })}
		},
	}}
	for _, c := range []struct {
		shape, axes []int
	}{{[]int{6, 4}, []int{0}}, {[]int{6, 4}, []int{1}}, {[]int{3, 3, 2, 5}, []int{0, 1, 2}}, {[]int{7}, []int{0}}, {[]int{2, 3}, []int{}}, {[]int{300, 130}, []int{0}}} {
		add := func(name string, o op.NormLimit, wanted func(n float64) float64) {
			o.Axes = c.axes
			out = append(out, Case{
				Name: fmt.Sprintf("%s of %v along %v", name, c.shape, c.axes), Def: o, In: []Arg{Floats(c.shape...)},
				Want: func(in []Tensor) [][]float64 { return [][]float64{limited(in[0], c.axes, wanted)} },
			})
		}
		add("max", op.NormLimit{Max: 1, Rate: 1}, func(n float64) float64 { return math.Min(n, 1) })
		add("range", op.NormLimit{Min: 0.5, Max: 0.9, Rate: 0.25}, func(n float64) float64 { return 0.25*clip(n, 0.5, 0.9) + 0.75*n })
		add("unit", op.NormLimit{Unit: true}, func(float64) float64 { return 1 })
	}
	return out
}
