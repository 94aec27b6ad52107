package optest

import (
	"math"

	"github.com/dlrun/dlrun/builder/op"
)

var _ = Add(
	Case{
		Name: "to float",
		Build: func(g *op.Graph, in []*op.Node) []*op.Node {
			return []*op.Node{g.Apply(op.Binary{Fn: "mul"}, g.Apply(op.Cast{To: g.DType}, in[0]), in[1])}
		},
		In: []Arg{Ints(100, 3, 4), Floats(3, 4)},
		Want: func(in []Tensor) [][]float64 {
			out := make([]float64, len(in[0].V))
			for i, x := range in[0].V {
				out[i] = x * in[1].V[i]
			}
			return [][]float64{out}
		},
	},
	Case{
		Name: "to integer",
		Def:  op.Cast{To: op.Int32},
		In:   []Arg{Floats(9).Values(0, 0.99, -0.99, 1.5, -1.5, 2147483520, 3e9, -3e9, math.NaN())},
		Want: func([]Tensor) [][]float64 {
			return [][]float64{{0, 0, 0, 1, -1, 2147483520, math.MaxInt32, math.MinInt32, 0}}
		},
	},
)
