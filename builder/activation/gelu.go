package activation

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("gelu", func() Activation { return new(gelu) })

// gelu is the Gaussian error linear unit (Hendrycks and Gimpel, 2016, arXiv:1606.08415).
type gelu struct{ approximate bool }

func (a *gelu) Schema(b *schema.Block) {
	b.Doc("Gaussian error linear unit: x times the normal distribution function of x.", "keras.activations.gelu")
	b.Bool(&a.approximate, "approximate", "Use the approximation by tanh.", schema.Default(false))
}

// Build applies the function to x.
func (a *gelu) Build(g *op.Graph, x *op.Node) *op.Node {
	if a.approximate {
		return g.Apply(op.Unary{Fn: "gelu_tanh"}, x)
	}
	return g.Apply(op.Unary{Fn: "gelu"}, x)
}
