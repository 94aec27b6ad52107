package optest

import (
	"fmt"

	"gorgonia.org/tensor"

	"github.com/dlrun/dlrun/builder/op"
)

var relations = map[string]func(a, b float64) bool{
	"equal":         func(a, b float64) bool { return a == b },
	"not_equal":     func(a, b float64) bool { return a != b },
	"less":          func(a, b float64) bool { return a < b },
	"less_equal":    func(a, b float64) bool { return a <= b },
	"greater":       func(a, b float64) bool { return a > b },
	"greater_equal": func(a, b float64) bool { return a >= b },
}

var _ = Add(compareCases()...)

func compareCases() []Case {
	var out []Case
	for _, fn := range []string{"equal", "not_equal", "less", "less_equal", "greater", "greater_equal"} {
		for _, in := range [][2]Arg{
			{grid(Floats(5, 9), 0), grid(Floats(5, 9).From(-1, 1), 0.25)},
			{grid(Floats(2, 3, 4), 0), grid(Floats(3, 1), 0)},
			{Ints(3, 3, 7000), Ints(3, 7000)},
		} {
			shape, err := op.Broadcast(in[0].Shape, in[1].Shape)
			if err != nil {
				panic(err)
			}
			out = append(out, times(fmt.Sprintf("compare/%s %v %v", fn, in[0].Shape, in[1].Shape),
				func(float tensor.Dtype) op.Def { return op.Compare{Fn: fn, To: float} }, shape,
				func(t []Tensor) []float64 {
					a, b := stretched(t[0], shape), stretched(t[1], shape)
					for i := range a {
						a[i] = keep(relations[fn](a[i], b[i]), 1, 0)
					}
					return a
				}, in[0], in[1]))
		}
	}
	return out
}
