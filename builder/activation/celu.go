package activation

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("celu", func() Activation { return new(celu) })

// celu is elu with a continuous derivative (Barron, 2017, arXiv:1704.07483).
type celu struct{ alpha float64 }

func (a *celu) Schema(b *schema.Block) {
	b.Doc("Exponential linear unit with a continuous derivative: alpha * (exp(x / alpha) - 1) below 0.", "keras.activations.celu")
	b.Float(&a.alpha, "alpha", "Scale and slope of the part below 0; not 0.", schema.Default(1.0))
}

// Validate refuses what the function divides by.
func (a *celu) Validate() error {
	if a.alpha == 0 {
		return schema.Atf("alpha", "alpha is 0, and x / alpha is part of the function")
	}
	return nil
}

// Build applies the function to x.
func (a *celu) Build(g *op.Graph, x *op.Node) *op.Node {
	return g.Apply(op.Unary{Fn: "celu", A: a.alpha}, x)
}
