package activation

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("sigmoid", func() Activation { return new(sigmoid) })

// sigmoid is 1/(1+e⁻ˣ).
type sigmoid struct{}

func (*sigmoid) Schema(b *schema.Block) {
	b.Doc("Sigmoid: 1 / (1 + exp(-x)), between 0 and 1.", "keras.activations.sigmoid")
}

// Build applies the function to x.
func (*sigmoid) Build(g *op.Graph, x *op.Node) *op.Node { return g.Apply(op.Unary{Fn: "sigmoid"}, x) }
