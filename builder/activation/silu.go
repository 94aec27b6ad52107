package activation

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("silu", func() Activation { return new(silu) }, "swish")

// silu is x·sigmoid(x).
type silu struct{}

func (*silu) Schema(b *schema.Block) {
	b.Doc("Sigmoid linear unit, also called swish: x * sigmoid(x).", "keras.activations.silu")
}

// Build applies the function to x.
func (*silu) Build(g *op.Graph, x *op.Node) *op.Node { return g.Apply(op.Unary{Fn: "silu"}, x) }
