package activation

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("elu", func() Activation { return new(elu) })

// elu is an exponential below 0 (Clevert et al., 2016, arXiv:1511.07289).
type elu struct{ alpha float64 }

func (a *elu) Schema(b *schema.Block) {
	b.Doc("Exponential linear unit: x above 0, alpha * (exp(x) - 1) below.", "keras.activations.elu")
	b.Float(&a.alpha, "alpha", "Scale of the part below 0.", schema.Default(1.0))
}

// Build applies the function to x.
func (a *elu) Build(g *op.Graph, x *op.Node) *op.Node {
	return g.Apply(op.Unary{Fn: "elu", A: a.alpha}, x)
}
