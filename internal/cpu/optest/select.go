package optest

import (
	"fmt"

	"github.com/dlrun/dlrun/builder/op"
)

var _ = Add(selectCases()...)

func selectCases() []Case {
	var out []Case
	for _, c := range []struct {
		shape []int
		axis  int
		index []int
	}{
		{[]int{5}, 0, []int{4, 3, 2, 1, 0}},
		{[]int{3, 4}, 1, []int{0, 2}},
		{[]int{3, 4}, 1, []int{1, 1, 3, 1, 0}},
		{[]int{2, 3, 5}, 1, []int{2, 0, 2}},
		{[]int{40, 600}, 0, []int{39, 0, 7, 7}},
		{[]int{3, 4}, 1, []int{}},
	} {
		for _, a := range []Arg{Floats(c.shape...), Ints(99, c.shape...)} {
			out = append(out, Case{
				Name: fmt.Sprintf("select/%v %d %v, integer %v", c.shape, c.axis, c.index, a.IsInt),
				Def:  op.Select{Axis: c.axis, Index: c.index}, In: []Arg{a}, NoGrad: ints(a),
				Want: func(in []Tensor) [][]float64 {
					return [][]float64{byRows(in[0], c.axis, func(row []float64) []float64 {
						var y []float64
						for _, i := range c.index {
							y = append(y, row[i])
						}
						return y
					})}
				},
			})
		}
	}
	return out
}
