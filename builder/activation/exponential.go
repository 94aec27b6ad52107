package activation

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("exponential", func() Activation { return new(exponential) })

// exponential is eˣ.
type exponential struct{}

func (*exponential) Schema(b *schema.Block) {
	b.Doc("Exponential function.", "keras.activations.exponential")
}

// Build applies the function to x.
func (*exponential) Build(g *op.Graph, x *op.Node) *op.Node { return g.Apply(op.Unary{Fn: "exp"}, x) }
