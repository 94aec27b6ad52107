package optest

import (
	"fmt"

	"github.com/dlrun/dlrun/builder/op"
)

var _ = Add(whereCases()...)

func whereCases() []Case {
	var out []Case
	for _, s := range [][3][]int{{{4, 5}, {4, 5}, {4, 5}}, {{3, 1}, {3, 4}, {}}, {{2, 3}, {3}, {2, 1}}, {{40}, {500, 1}, {40}}} {
		shape, err := op.Broadcast(s[0], s[1])
		if err == nil {
			shape, err = op.Broadcast(shape, s[2])
		}
		if err != nil {
			panic(err)
		}
		cond := make([]float64, op.Spec{Shape: s[0]}.Elems())
		for i := range cond {
			cond[i] = float64((i*7 + i/3) % 2)
		}
		want := func(in []Tensor) [][]float64 {
			c, a, b := stretched(in[0], shape), stretched(in[1], shape), stretched(in[2], shape)
			for i := range a {
				a[i] = keep(c[i] != 0, a[i], b[i])
			}
			return [][]float64{a}
		}
		out = append(out,
			Case{Name: fmt.Sprintf("where/%v", s), Def: op.Where{}, In: []Arg{Floats(s[0]...).Values(cond...), Floats(s[1]...), Floats(s[2]...)}, NoGrad: []int{0}, Want: want},
			Case{Name: fmt.Sprintf("where/%v integers", s), Def: op.Where{}, In: []Arg{Floats(s[0]...).Values(cond...), Ints(9, s[1]...), Ints(9, s[2]...)}, NoGrad: []int{0, 1, 2}, Want: want})
	}
	return out
}
