package optest

import "github.com/dlrun/dlrun/builder/op"

// notEqualTo compares with a value and multiplies, so that the result has the graph's float type.
func notEqualTo(name string, value float64, arg Arg) Case {
	return Case{
		Name: name, In: []Arg{arg, Floats(arg.Shape...)},
		Build: func(g *op.Graph, in []*op.Node) []*op.Node {
			return []*op.Node{g.Apply(op.Binary{Fn: "mul"}, g.Apply(op.NotEqual{Value: value, To: g.DType}, in[0]), in[1])}
		},
		NoGrad: []int{0},
		Want: func(in []Tensor) [][]float64 {
			out := make([]float64, len(in[0].V))
			for i, x := range in[0].V {
				if x != value {
					out[i] = in[1].V[i]
				}
			}
			return [][]float64{out}
		},
	}
}

var _ = Add(
	notEqualTo("integers", 0, Ints(3, 17003)),
	notEqualTo("floats", 0.5, Floats(6).Values(0.5, -0.5, 0, 0.5, 1, 2)),
)
