package activation

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("sparse_sigmoid", func() Activation { return new(sparseSigmoid) })

// sparseSigmoid is the sigmoid of sparse_plus.
type sparseSigmoid struct{}

func (*sparseSigmoid) Schema(b *schema.Block) {
	b.Doc("0 up to -1, 1 from 1 on, and (x + 1) / 2 between.", "keras.activations.sparse_sigmoid")
}

// Build applies the function to x.
func (*sparseSigmoid) Build(g *op.Graph, x *op.Node) *op.Node {
	return g.Apply(op.Unary{Fn: "sparse_sigmoid"}, x)
}
