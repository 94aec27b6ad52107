package regularizer

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("l1", func() Regularizer { return new(l1) })

// l1 is l1·Σ|w|.
type l1 struct{ l1 float64 }

func (r *l1) Schema(b *schema.Block) {
	b.Doc("l1 times the sum of the absolute values.", "keras.regularizers.L1")
	b.Float(&r.l1, "l1", "Factor.", schema.Default(0.01), schema.AtLeast(0))
}

// Build returns the penalty of w as a scalar.
func (r *l1) Build(g *op.Graph, w *op.Node) *op.Node { return g.Apply(op.SumAbs{Scale: r.l1}, w) }
