package optest

import (
	"fmt"

	"github.com/dlrun/dlrun/builder/op"
)

var _ = Add(concatCases()...)

func concatCases() []Case {
	var out []Case
	for _, c := range []struct {
		axis   int
		shapes [][]int
	}{
		{0, [][]int{{3}, {2}, {4}}},
		{1, [][]int{{3, 2}, {3, 5}}},
		{1, [][]int{{2, 3, 4}, {2, 1, 4}, {2, 2, 4}}},
		{2, [][]int{{2, 3, 4}, {2, 3, 1}}},
		{0, [][]int{{2, 3}}},
		{2, [][]int{{3, 60, 100}, {3, 60, 28}}},
	} {
		for _, integer := range []bool{false, true} {
			var args []Arg
			for _, s := range c.shapes {
				if integer {
					args = append(args, Ints(99, s...))
				} else {
					args = append(args, Floats(s...))
				}
			}
			out = append(out, Case{
				Name: fmt.Sprintf("%v axis %d, integer %v", c.shapes, c.axis, integer), Def: op.Concat{Axis: c.axis},
				In: args, NoGrad: ints(args...),
				Want: func(in []Tensor) [][]float64 {
					shape := append([]int(nil), in[0].Shape...)
					shape[c.axis] = 0
					for _, t := range in {
						shape[c.axis] += t.Shape[c.axis]
					}
					y := make([]float64, op.Spec{Shape: shape}.Elems())
					at := 0
					for _, t := range in {
						part := moved(t, shape, func(i []int) ([]int, bool) {
							from := append([]int(nil), i...)
							from[c.axis] -= at
							return from, from[c.axis] >= 0 && from[c.axis] < t.Shape[c.axis]
						})
						for k, x := range part {
							y[k] += x
						}
						at += t.Shape[c.axis]
					}
					return [][]float64{y}
				},
			})
		}
	}
	return out
}
