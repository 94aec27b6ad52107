package activation

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("hard_tanh", func() Activation { return new(hardTanh) })

// hardTanh cuts to between -1 and 1.
type hardTanh struct{}

func (*hardTanh) Schema(b *schema.Block) {
	b.Doc("Hyperbolic tangent made of lines: x between -1 and 1.", "keras.activations.hard_tanh")
}

// Build applies the function to x.
func (*hardTanh) Build(g *op.Graph, x *op.Node) *op.Node {
	return g.Apply(op.Unary{Fn: "hard_tanh"}, x)
}
