package activation

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("mish", func() Activation { return new(mish) })

// mish is x·tanh(softplus(x)) (Misra, 2019, arXiv:1908.08681).
type mish struct{}

func (*mish) Schema(b *schema.Block) {
	b.Doc("x * tanh(softplus(x)), smooth and not monotonic.", "keras.activations.mish")
}

// Build applies the function to x.
func (*mish) Build(g *op.Graph, x *op.Node) *op.Node { return g.Apply(op.Unary{Fn: "mish"}, x) }
