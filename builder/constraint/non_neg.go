package constraint

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("non_neg", func() Constraint { return new(nonNeg) })

// nonNeg makes negative elements 0.
type nonNeg struct{}

func (*nonNeg) Schema(b *schema.Block) {
	b.Doc("Sets negative elements to 0.", "keras.constraints.NonNeg")
}

// Build returns a node that changes w in place.
func (*nonNeg) Build(g *op.Graph, w *op.Node) *op.Node { return g.Apply(op.NonNeg{}, w) }
