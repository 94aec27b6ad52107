package optest

import (
	"fmt"

	"github.com/dlrun/dlrun/builder/op"
)

var _ = Add(planesCases()...)

func planesCases() []Case {
	var out []Case
	for _, c := range []struct {
		shape  []int
		window op.Planes
	}{
		{[]int{2, 5, 2, 3, 4}, op.Planes{Size: 3, Stride: 1, Gap: 1, Before: 1, Positions: 5, Groups: 1}},
		{[]int{2, 5, 2, 3, 4}, op.Planes{Size: 3, Stride: 2, Gap: 1, Before: 1, Positions: 3, Groups: 2}},
		{[]int{1, 7, 1, 2, 3}, op.Planes{Size: 2, Stride: 1, Gap: 3, Before: 0, Positions: 4, Groups: 3}},
		{[]int{2, 6, 2, 2, 2}, op.Planes{Size: 1, Stride: 3, Gap: 1, Before: 0, Positions: 2, Groups: 1}}, // planes without a place
		{[]int{1, 2, 1, 1, 2}, op.Planes{Size: 5, Stride: 2, Gap: 2, Before: 4, Positions: 2, Groups: 2}}, // more padding than planes
		{[]int{1, 4, 30, 40, 17}, op.Planes{Size: 3, Stride: 1, Gap: 1, Before: 1, Positions: 4, Groups: 1}},
	} {
		w := c.window
		out = append(out, Case{
			Name: fmt.Sprintf("planes/%v %+v", c.shape, w), Def: w, In: []Arg{Floats(c.shape...)},
			Want: func(in []Tensor) [][]float64 {
				s := in[0].Shape
				each := s[4] / w.Groups
				return [][]float64{moved(in[0], []int{s[0], w.Positions, s[2], s[3], w.Groups, w.Size, each}, func(i []int) ([]int, bool) {
					d := i[1]*w.Stride + i[5]*w.Gap - w.Before
					return []int{i[0], d, i[2], i[3], i[4]*each + i[6]}, d >= 0 && d < s[1]
				})}
			},
		}, Case{
			Name: fmt.Sprintf("planes.grad/%v %+v", c.shape, w), Def: op.PlanesGrad{Planes: w, Depth: c.shape[1]},
			In: []Arg{Floats(c.shape[0]*w.Positions, c.shape[2], c.shape[3], w.Size*c.shape[4])},
			Want: func(in []Tensor) [][]float64 {
				sum, each := Zeros(c.shape...), c.shape[4]/w.Groups
				y := Tensor{Shape: []int{c.shape[0], w.Positions, c.shape[2], c.shape[3], w.Groups, w.Size, each}, V: in[0].V}
				for t := range w.Size {
					for p := range w.Positions {
						d := p*w.Stride + t*w.Gap - w.Before
						part := moved(y, c.shape, func(i []int) ([]int, bool) {
							return []int{i[0], p, i[2], i[3], i[4] / each, t, i[4] % each}, i[1] == d
						})
						for k, v := range part {
							sum.V[k] += v
						}
					}
				}
				return [][]float64{sum.V}
			},
		})
	}
	return out
}
