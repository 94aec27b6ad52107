package optest

import "github.com/dlrun/dlrun/builder/op"

var _ = Add(Case{
	Name: "stop_gradient",
	In:   []Arg{Floats(3, 4), Floats(3, 4)}, NoGrad: []int{0},
	Build: func(g *op.Graph, in []*op.Node) []*op.Node {
		return []*op.Node{g.Apply(op.Binary{Fn: "mul"}, g.Apply(op.StopGradient{}, in[0]), in[1])}
	},
	Want: func(in []Tensor) [][]float64 {
		out := make([]float64, len(in[0].V))
		for i := range out {
			out[i] = in[0].V[i] * in[1].V[i]
		}
		return [][]float64{out}
	},
})
