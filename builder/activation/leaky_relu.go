package activation

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("leaky_relu", func() Activation { return new(leakyRelu) })

// leakyRelu keeps a slope below 0.
type leakyRelu struct{ negativeSlope float64 }

func (a *leakyRelu) Schema(b *schema.Block) {
	b.Doc("x from 0 on, negative_slope * x below.", "keras.activations.leaky_relu")
	b.Float(&a.negativeSlope, "negative_slope", "Slope below 0.", schema.Default(0.2))
}

// Build applies the function to x.
func (a *leakyRelu) Build(g *op.Graph, x *op.Node) *op.Node {
	return g.Apply(op.Unary{Fn: "leaky_relu", A: a.negativeSlope}, x)
}
