package activation

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("relu6", func() Activation { return new(relu6) })

// relu6 cuts to between 0 and 6.
type relu6 struct{}

func (*relu6) Schema(b *schema.Block) {
	b.Doc("Rectified linear unit that ends at 6: min(max(x, 0), 6).", "keras.activations.relu6")
}

// Build applies the function to x.
func (*relu6) Build(g *op.Graph, x *op.Node) *op.Node { return g.Apply(op.Unary{Fn: "relu6"}, x) }
