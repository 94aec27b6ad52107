package optest

import (
	"fmt"

	"github.com/dlrun/dlrun/builder/op"
)

// moved is a tensor of the given shape whose element at an index is t's at from(index).
func moved(t Tensor, shape []int, from func(i []int) ([]int, bool)) []float64 {
	out := Zeros(shape...)
	idx := make([]int, len(shape))
	for k := range out.V {
		r := k
		for i := len(shape) - 1; i >= 0; i-- {
			idx[i] = r % shape[i]
			r /= shape[i]
		}
		if i, ok := from(idx); ok {
			out.V[k] = t.At(i...)
		}
	}
	return out.V
}

var _ = Add(transposeCases()...)

func transposeCases() []Case {
	var out []Case
	for _, c := range []struct{ shape, perm []int }{
		{[]int{3, 5}, []int{1, 0}},
		{[]int{3, 5}, []int{0, 1}},
		{[]int{70, 45}, []int{1, 0}}, // several squares
		{[]int{2, 3, 4}, []int{0, 2, 1}},
		{[]int{2, 3, 4}, []int{2, 0, 1}},
		{[]int{2, 3, 4, 5}, []int{1, 3, 0, 2}},
		{[]int{2, 3, 4, 5}, []int{1, 0, 2, 3}},
		{[]int{2, 3, 4, 5}, []int{3, 2, 1, 0}},
		{[]int{1, 3, 1, 4}, []int{3, 2, 1, 0}},
		{[]int{1, 1}, []int{1, 0}},
		{[]int{0, 3}, []int{1, 0}},
		{[]int{200, 130}, []int{1, 0}},
	} {
		for _, a := range []Arg{Floats(c.shape...), Ints(99, c.shape...)} {
			out = append(out, Case{
				Name: fmt.Sprintf("%v %v, integer %v", c.shape, c.perm, a.IsInt), Def: op.Transpose{Perm: c.perm},
				In: []Arg{a}, NoGrad: ints(a),
				Want: func(in []Tensor) [][]float64 {
					shape := make([]int, len(c.perm))
					for i, p := range c.perm {
						shape[i] = c.shape[p]
					}
					return [][]float64{moved(in[0], shape, func(i []int) ([]int, bool) {
						from := make([]int, len(i))
						for k, p := range c.perm {
							from[p] = i[k]
						}
						return from, true
					})}
				},
			})
		}
	}
	return out
}
