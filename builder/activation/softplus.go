package activation

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("softplus", func() Activation { return new(softplus) })

// softplus is a smooth relu.
type softplus struct{}

func (*softplus) Schema(b *schema.Block) {
	b.Doc("Smooth rectifier: log(1 + exp(x)).", "keras.activations.softplus")
}

// Build applies the function to x.
func (*softplus) Build(g *op.Graph, x *op.Node) *op.Node { return g.Apply(op.Unary{Fn: "softplus"}, x) }
