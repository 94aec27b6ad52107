package optest

import "github.com/dlrun/dlrun/builder/op"

// oneHotCase multiplies the rows, so that the result has the graph's float type.
func oneHotCase(name string, classes int, shape ...int) Case {
	rows := append(append([]int(nil), shape...), classes)
	return Case{
		Name: "onehot/" + name, In: []Arg{Ints(classes, shape...), Floats(rows...)}, NoGrad: []int{0},
		Build: func(g *op.Graph, in []*op.Node) []*op.Node {
			return []*op.Node{g.Apply(op.Binary{Fn: "mul"}, g.Apply(op.OneHot{Classes: classes, To: g.DType}, in[0]), in[1])}
		},
		Want: func(in []Tensor) [][]float64 {
			out := make([]float64, len(in[1].V))
			for i, l := range in[0].V {
				out[i*classes+int(l)] = in[1].V[i*classes+int(l)]
			}
			return [][]float64{out}
		},
	}
}

var _ = Add(oneHotCase("few", 3, 2, 4), oneHotCase("scalar rows", 1, 5), oneHotCase("many", 300, 90))
