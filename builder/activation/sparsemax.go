package activation

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("sparsemax", func() Activation { return new(sparsemax) })

// sparsemax keeps the largest elements and makes many 0; see op.Sparsemax for how Keras' formula
// differs from its source.
type sparsemax struct{ alongAxis }

func (a *sparsemax) Schema(b *schema.Block) {
	b.Doc("Subtracts a threshold and cuts at 0, so that few elements are left.", "keras.activations.sparsemax",
		"Keras' threshold is that of the paper (arXiv:1602.02068) only where one element is left; else the result does not add up to 1.")
	a.bind(b)
}

// Build applies the function to x.
func (a *sparsemax) Build(g *op.Graph, x *op.Node) *op.Node {
	return g.Apply(op.Sparsemax{Axis: a.of(x)}, x)
}
