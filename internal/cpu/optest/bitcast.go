package optest

import (
	"math"

	"github.com/dlrun/dlrun/builder/op"
)

var _ = Add(
	Case{
		Name: "bitcast/to integer", Def: op.Bitcast{To: op.Int32}, In: []Arg{Floats(4).Values(0, 1, -2, 0.15625)},
		Want: func([]Tensor) [][]float64 { return [][]float64{{0, 0x3f800000, -0x40000000, 0x3e200000}} },
	},
	Case{
		Name: "bitcast/to float",
		Build: func(g *op.Graph, in []*op.Node) []*op.Node {
			return []*op.Node{g.Apply(op.Bitcast{To: g.DType}, in[0])}
		},
		In: []Arg{Ints(1, 3).Values(0x3f800000, -0x40000000, 0x7f800000)}, NoGrad: []int{0},
		Want: func([]Tensor) [][]float64 { return [][]float64{{1, -2, math.Inf(1)}} },
	},
)
