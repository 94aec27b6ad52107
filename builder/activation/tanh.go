package activation

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("tanh", func() Activation { return new(tanh) })

// tanh is the hyperbolic tangent.
type tanh struct{}

func (*tanh) Schema(b *schema.Block) {
	b.Doc("Hyperbolic tangent, between -1 and 1.", "keras.activations.tanh")
}

// Build applies the function to x.
func (*tanh) Build(g *op.Graph, x *op.Node) *op.Node { return g.Apply(op.Unary{Fn: "tanh"}, x) }
