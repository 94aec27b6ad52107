package optest

import (
	"fmt"

	"gorgonia.org/tensor"

	"github.com/dlrun/dlrun/builder/op"
)

var _ = Add(argReduceCases()...)

func argReduceCases() []Case {
	var out []Case
	for _, fn := range []string{"argmax", "argmin"} {
		for _, c := range []struct {
			shape []int
			axis  int
		}{{[]int{7}, 0}, {[]int{3, 5}, 1}, {[]int{3, 5}, 0}, {[]int{2, 9, 4}, 1}, {[]int{300, 70}, 1}} {
			shape := append(append([]int{}, c.shape[:c.axis]...), c.shape[c.axis+1:]...)
			out = append(out, times(fmt.Sprintf("argreduce/%s %v %d", fn, c.shape, c.axis),
				func(tensor.Dtype) op.Def { return op.ArgReduce{Fn: fn, Axis: c.axis} }, shape,
				func(in []Tensor) []float64 {
					return byRows(in[0], c.axis, func(row []float64) []float64 {
						best := 0
						for i, v := range row {
							if fn == "argmax" && v > row[best] || fn == "argmin" && v < row[best] {
								best = i
							}
						}
						return []float64{float64(best)}
					})
				}, grid(Floats(c.shape...), 0)))
		}
	}
	return out
}

// byRows gives f the elements along an axis, one set after the other, and puts what it returns in their
// place.
func byRows(t Tensor, axis int, f func(row []float64) []float64) []float64 {
	n, inner := t.Shape[axis], 1
	for _, d := range t.Shape[axis+1:] {
		inner *= d
	}
	var out []float64
	for o := range len(t.V) / (n * inner) {
		var results [][]float64
		for i := range inner {
			row := make([]float64, n)
			for k := range row {
				row[k] = t.V[(o*n+k)*inner+i]
			}
			results = append(results, f(row))
		}
		for k := range results[0] {
			for i := range results {
				out = append(out, results[i][k])
			}
		}
	}
	return out
}
