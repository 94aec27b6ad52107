package optest

import (
	"slices"

	"gorgonia.org/tensor"

	"github.com/dlrun/dlrun/builder/op"
)

// times makes a case of an operation d(float type) whose result is multiplied by its last input, of
// the result's shape: what has no gradient of its own is tried among others that have.
func times(name string, d func(float tensor.Dtype) op.Def, shape []int, want func(in []Tensor) []float64, in ...Arg) Case {
	var no []int
	for i := range in {
		no = append(no, i)
	}
	return Case{
		Name: name, In: append(slices.Clone(in), Floats(shape...)), NoGrad: no,
		Build: func(g *op.Graph, in []*op.Node) []*op.Node {
			y := g.Apply(d(g.DType), in[:len(in)-1]...)
			if g.Err() == nil && op.SpecOf(y).DType == op.Int32 {
				y = g.Apply(op.Cast{To: g.DType}, y)
			}
			return []*op.Node{g.Apply(op.Binary{Fn: "mul"}, y, in[len(in)-1])}
		},
		Want: func(in []Tensor) [][]float64 {
			out := slices.Clone(want(in))
			for i := range out {
				out[i] *= in[len(in)-1].V[i]
			}
			return [][]float64{out}
		},
	}
}

func constantCase(name string, integer bool, shape []int, values ...float64) Case {
	return times("constant/"+name, func(float tensor.Dtype) op.Def {
		if integer {
			float = op.Int32
		}
		return op.Constant{Shape: shape, Values: values, To: float}
	}, shape, func([]Tensor) []float64 {
		if n := (op.Spec{Shape: shape}).Elems(); len(values) != n {
			return slices.Repeat(values, n)
		}
		return values
	}, Ints(3, 4))
}

var _ = Add(
	constantCase("each", false, []int{2, 3}, 1, -2, 3.5, 0, 5, 6),
	constantCase("one for all", false, []int{3, 7000}, 2.5),
	constantCase("scalar", false, []int{}, -1),
	constantCase("integers", true, []int{3}, 7, -8, 9),
	constantCase("integers, one for all", true, []int{2, 2}, 4),
)
