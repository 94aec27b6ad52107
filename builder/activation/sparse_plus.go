package activation

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("sparse_plus", func() Activation { return new(sparsePlus) })

// sparsePlus is relu with a parabola for a corner.
type sparsePlus struct{}

func (*sparsePlus) Schema(b *schema.Block) {
	b.Doc("0 up to -1, x from 1 on, and (x + 1)^2 / 4 between.", "keras.activations.sparse_plus")
}

// Build applies the function to x.
func (*sparsePlus) Build(g *op.Graph, x *op.Node) *op.Node {
	return g.Apply(op.Unary{Fn: "sparse_plus"}, x)
}
