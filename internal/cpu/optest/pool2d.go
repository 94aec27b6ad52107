package optest

import (
	"math"

	"github.com/dlrun/dlrun/builder/op"
)

func pool2DCases(name string, w op.Window, x ...int) []Case {
	return []Case{
		{Name: "max_pool2d/" + name, Def: op.MaxPool2D{Window: w}, In: []Arg{Floats(x...)}, Want: maxPool2D(w)},
		{Name: "avg_pool2d/" + name, Def: op.AvgPool2D{Window: w}, In: []Arg{Floats(x...)}, Want: avgPool2D(w)},
	}
}

var (
	_ = Add(pool2DCases("halves", window(2, 2, 2, 2), 3, 6, 8, 3)...)
	_ = Add(pool2DCases("rest_left_out", window(2, 2, 2, 2), 2, 7, 5, 17)...)
	_ = Add(pool2DCases("overlapping", window(3, 2, 1, 1), 2, 5, 6, 2)...)
	_ = Add(pool2DCases("same", same(window(3, 3, 2, 2)), 2, 6, 7, 3)...)
	_ = Add(pool2DCases("same_even", same(window(2, 4, 1, 3)), 1, 5, 7, 2)...)
	_ = Add(pool2DCases("same_wider_than_input", same(window(9, 9, 2, 2)), 1, 2, 3, 2)...)
	_ = Add(pool2DCases("gaps", window(2, 2, 3, 4), 2, 9, 10, 1)...)
	_ = Add(pool2DCases("large", window(2, 2, 2, 2), 4, 40, 36, 19)...)
	_ = Add(
		Case{Name: "max_pool2d/first_of_equals", Def: op.MaxPool2D{Window: window(2, 2, 2, 2)}, In: []Arg{
			Floats(1, 2, 4, 1).Values(1, 1, 0, 0, 1, 0, 0, 0),
		}, NoGrad: []int{0}, // at a tie there is no derivative
			Want: func([]Tensor) [][]float64 { return [][]float64{{1, 0}, {0, 2}} }},
		Case{
			Name: "max_pool2d.grad/first_of_equals", Def: op.MaxPool2DGrad{Window: window(2, 2, 2, 2), X: []int{1, 2, 4, 1}},
			In:   []Arg{Ints(0, 1, 1, 2, 1).Values(0, 2), Floats(1, 1, 2, 1).Values(5, 7)},
			Want: func([]Tensor) [][]float64 { return [][]float64{{5, 0, 7, 0, 0, 0, 0, 0}} },
		},
	)
)

func maxPool2D(w op.Window) func(in []Tensor) [][]float64 {
	return func(in []Tensor) [][]float64 {
		x := in[0]
		var y, where []float64
		eachPosition(w, x, func(b, oy, ox, c int) {
			best, at := math.Inf(-1), 0
			cells(w, x.Shape[1], x.Shape[2], oy, ox, func(_, _, iy, ix int) {
				if v := x.At(b, iy, ix, c); v > best {
					best, at = v, (iy*x.Shape[2]+ix)*x.Shape[3]+c
				}
			})
			y, where = append(y, best), append(where, float64(at))
		})
		return [][]float64{y, where}
	}
}

func avgPool2D(w op.Window) func(in []Tensor) [][]float64 {
	return func(in []Tensor) [][]float64 {
		x := in[0]
		var y []float64
		eachPosition(w, x, func(b, oy, ox, c int) {
			s, n := 0.0, 0.0
			cells(w, x.Shape[1], x.Shape[2], oy, ox, func(_, _, iy, ix int) {
				s += x.At(b, iy, ix, c)
				n++
			})
			y = append(y, s/n)
		})
		return [][]float64{y}
	}
}

func eachPosition(w op.Window, x Tensor, f func(b, oy, ox, c int)) {
	for b := range x.Shape[0] {
		for oy := range w.Out(0, x.Shape[1]) {
			for ox := range w.Out(1, x.Shape[2]) {
				for c := range x.Shape[3] {
					f(b, oy, ox, c)
				}
			}
		}
	}
}
