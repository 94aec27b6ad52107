package activation

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("tanh_shrink", func() Activation { return new(tanhShrink) })

// tanhShrink is x - tanh x.
type tanhShrink struct{}

func (*tanhShrink) Schema(b *schema.Block) {
	b.Doc("x - tanh(x).", "keras.activations.tanh_shrink")
}

// Build applies the function to x.
func (*tanhShrink) Build(g *op.Graph, x *op.Node) *op.Node {
	return g.Apply(op.Unary{Fn: "tanh_shrink"}, x)
}
