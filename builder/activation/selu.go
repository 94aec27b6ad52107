package activation

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("selu", func() Activation { return new(selu) })

// selu is a scaled elu.
type selu struct{}

func (*selu) Schema(b *schema.Block) {
	b.Doc("Scaled exponential linear unit, which keeps mean and variance (use lecun_normal).", "keras.activations.selu")
}

// Build applies the function to x.
func (*selu) Build(g *op.Graph, x *op.Node) *op.Node { return g.Apply(op.Unary{Fn: "selu"}, x) }
