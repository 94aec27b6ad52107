package activation

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("squareplus", func() Activation { return new(squareplus) })

// squareplus is (x + √(x²+b))/2 (Barron, 2021, arXiv:2112.11687).
type squareplus struct{ b float64 }

func (a *squareplus) Schema(b *schema.Block) {
	b.Doc("Smooth rectifier of algebraic form: (x + sqrt(x^2 + b)) / 2.", "keras.activations.squareplus")
	b.Float(&a.b, "b", "Smoothness.", schema.Default(4.0), schema.AtLeast(0))
}

// Build applies the function to x.
func (a *squareplus) Build(g *op.Graph, x *op.Node) *op.Node {
	return g.Apply(op.Unary{Fn: "squareplus", A: a.b}, x)
}
