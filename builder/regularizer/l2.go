package regularizer

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("l2", func() Regularizer { return new(l2) })

// l2 is l2·Σw², without a half.
type l2 struct{ l2 float64 }

func (r *l2) Schema(b *schema.Block) {
	b.Doc("l2 times the sum of the squares.", "keras.regularizers.L2")
	b.Float(&r.l2, "l2", "Factor.", schema.Default(0.01), schema.AtLeast(0))
}

// Build returns the penalty of w as a scalar.
func (r *l2) Build(g *op.Graph, w *op.Node) *op.Node { return g.Apply(op.SumSquares{Scale: r.l2}, w) }
