package activation

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("hard_silu", func() Activation { return new(hardSilu) }, "hard_swish")

// hardSilu is silu with hard_sigmoid.
type hardSilu struct{}

func (*hardSilu) Schema(b *schema.Block) {
	b.Doc("Sigmoid linear unit made of simple pieces, also called hard swish: x * hard_sigmoid(x).", "keras.activations.hard_silu")
}

// Build applies the function to x.
func (*hardSilu) Build(g *op.Graph, x *op.Node) *op.Node {
	return g.Apply(op.Unary{Fn: "hard_silu"}, x)
}
