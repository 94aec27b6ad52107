package optest

import (
	"fmt"

	"github.com/dlrun/dlrun/builder/op"
)

var _ = Add(gatherCases()...)

func gatherCases() []Case {
	var out []Case
	for _, c := range []struct {
		shape   []int
		axis    int
		indices []int
	}{
		{[]int{6}, 0, []int{4}},
		{[]int{5, 3}, 0, []int{2, 3}},
		{[]int{3, 5}, 1, []int{}},
		{[]int{2, 5, 3}, 1, []int{4}},
		{[]int{7, 6000}, 0, []int{9}},
	} {
		for _, a := range []Arg{Floats(c.shape...), Ints(99, c.shape...)} {
			i := Ints(c.shape[c.axis], c.indices...)
			i.Lo = -i.Hi
			shape := append(append(append([]int{}, c.shape[:c.axis]...), c.indices...), c.shape[c.axis+1:]...)
			out = append(out, Case{
				Name: fmt.Sprintf("gather/%v %d %v, integer %v", c.shape, c.axis, c.indices, a.IsInt),
				Def:  op.Gather{Axis: c.axis}, In: []Arg{a, i}, NoGrad: append(ints(a), 1),
				Want: func(in []Tensor) [][]float64 {
					y := byRows(in[0], c.axis, func(row []float64) []float64 {
						var y []float64
						for _, i := range in[1].V {
							y = append(y, row[(int(i)+len(row))%len(row)])
						}
						return y
					})
					if len(y) != (op.Spec{Shape: shape}).Elems() {
						panic("the reference has another shape")
					}
					return [][]float64{y}
				},
			})
		}
	}
	for _, c := range []struct {
		shape []int
		axis  int
		k     int
	}{{[]int{6}, 0, 3}, {[]int{3, 4}, 1, 5}, {[]int{4, 3}, 0, 2}, {[]int{2, 5, 3}, 1, 5}, {[]int{3, 5000}, 0, 3}} {
		shape := append([]int{}, c.shape...)
		shape[c.axis] = c.k
		i := Ints(c.shape[c.axis], shape...)
		i.Lo = -i.Hi
		out = append(out, Case{
			Name: fmt.Sprintf("gather/along %v %d %d", c.shape, c.axis, c.k),
			Def:  op.Gather{Axis: c.axis, Along: true}, In: []Arg{Floats(c.shape...), i}, NoGrad: []int{1},
			Want: func(in []Tensor) [][]float64 {
				inner, n := 1, c.shape[c.axis]
				for _, d := range c.shape[c.axis+1:] {
					inner *= d
				}
				y := make([]float64, len(in[1].V))
				for at, i := range in[1].V {
					y[at] = in[0].V[(at/(c.k*inner)*n+(int(i)+n)%n)*inner+at%inner]
				}
				return [][]float64{y}
			},
		})
	}
	return out
}
