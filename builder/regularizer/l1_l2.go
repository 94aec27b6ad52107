package regularizer

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("l1_l2", func() Regularizer { return new(L1L2) }, "l1l2")

// L1L2 is l1·Σ|w| + l2·Σw².
type L1L2 struct{ L1, L2 float64 }

// Schema binds l1 and l2.
func (r *L1L2) Schema(b *schema.Block) {
	b.Doc("l1 times the sum of the absolute values plus l2 times the sum of the squares.", "keras.regularizers.L1L2",
		"Both factors are 0 where they are left out, as in Keras' class.")
	b.Float(&r.L1, "l1", "Factor of the absolute values.", schema.Default(0.0), schema.AtLeast(0))
	b.Float(&r.L2, "l2", "Factor of the squares.", schema.Default(0.0), schema.AtLeast(0))
}

// Build returns the penalty of w as a scalar.
func (r *L1L2) Build(g *op.Graph, w *op.Node) *op.Node {
	switch {
	case r.L1 == 0:
		return g.Apply(op.SumSquares{Scale: r.L2}, w)
	case r.L2 == 0:
		return g.Apply(op.SumAbs{Scale: r.L1}, w)
	}
	return g.Apply(op.Binary{Fn: "add"}, g.Apply(op.SumAbs{Scale: r.L1}, w), g.Apply(op.SumSquares{Scale: r.L2}, w))
}
