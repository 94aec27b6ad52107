package activation

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("softsign", func() Activation { return new(softsign) })

// softsign is x/(1+|x|).
type softsign struct{}

func (*softsign) Schema(b *schema.Block) {
	b.Doc("x / (1 + |x|).", "keras.activations.softsign")
}

// Build applies the function to x.
func (*softsign) Build(g *op.Graph, x *op.Node) *op.Node { return g.Apply(op.Unary{Fn: "softsign"}, x) }
