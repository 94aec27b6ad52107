package optest

import (
	"fmt"

	"github.com/dlrun/dlrun/builder/op"
)

var _ = Add(sliceCases()...)

func sliceCases() []Case {
	var out []Case
	for _, c := range []struct{ shape, begin, end []int }{
		{[]int{4, 6}, []int{0, 2}, []int{4, 5}},
		{[]int{4, 6}, []int{1, 0}, []int{3, 6}},
		{[]int{2, 5, 4, 3}, []int{0, 1, 2, 0}, []int{2, 4, 4, 3}},
		{[]int{7}, []int{3}, []int{3}},
		{[]int{3, 200, 100}, []int{0, 10, 3}, []int{3, 190, 90}},
	} {
		for _, a := range []Arg{Floats(c.shape...), Ints(99, c.shape...)} {
			out = append(out, Case{
				Name: fmt.Sprintf("%v %v %v, integer %v", c.shape, c.begin, c.end, a.IsInt), Def: op.Slice{Begin: c.begin, End: c.end},
				In: []Arg{a}, NoGrad: ints(a),
				Want: func(in []Tensor) [][]float64 {
					shape := make([]int, len(c.end))
					for i := range shape {
						shape[i] = c.end[i] - c.begin[i]
					}
					return [][]float64{moved(in[0], shape, func(i []int) ([]int, bool) {
						from := make([]int, len(i))
						for k := range i {
							from[k] = i[k] + c.begin[k]
						}
						return from, true
					})}
				},
			})
		}
	}
	for _, c := range []struct{ shape, before, after []int }{
		{[]int{2, 3}, []int{0, 0}, []int{0, 0}},
		{[]int{2, 3}, []int{1, 0}, []int{0, 4}},
		{[]int{2, 4, 5, 3}, []int{0, 1, 2, 0}, []int{0, 2, 0, 0}},
		{[]int{3, 150, 90}, []int{0, 3, 1}, []int{0, 0, 2}},
	} {
		for _, a := range []Arg{Floats(c.shape...), Ints(99, c.shape...)} {
			out = append(out, Case{
				Name: fmt.Sprintf("%v %v %v, integer %v", c.shape, c.before, c.after, a.IsInt), Def: op.Pad{Before: c.before, After: c.after, Value: 7},
				In: []Arg{a}, NoGrad: ints(a),
				Want: func(in []Tensor) [][]float64 {
					shape := make([]int, len(c.shape))
					for i := range shape {
						shape[i] = c.before[i] + c.shape[i] + c.after[i]
					}
					y := moved(in[0], shape, func(i []int) ([]int, bool) {
						from := make([]int, len(i))
						for k := range i {
							from[k] = i[k] - c.before[k]
							if from[k] < 0 || from[k] >= c.shape[k] {
								return nil, false
							}
						}
						return from, true
					})
					inside := Tensor{in[0].Shape, in[0].Map(func(float64) float64 { return 1 })}
					for k, in := range moved(inside, shape, func(i []int) ([]int, bool) {
						from := make([]int, len(i))
						for k := range i {
							from[k] = i[k] - c.before[k]
							if from[k] < 0 || from[k] >= c.shape[k] {
								return nil, false
							}
						}
						return from, true
					}) {
						if in == 0 {
							y[k] = 7
						}
					}
					return [][]float64{y}
				},
			})
		}
	}
	return out
}
