package activation

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("sparsemax", func() Activation { return new(sparsemax) })

// sparsemax makes probabilities of which many are 0 (Martins and Astudillo, 2016, arXiv:1602.02068).
type sparsemax struct{ alongAxis }

func (a *sparsemax) Schema(b *schema.Block) {
	b.Doc("Probabilities that add up to 1, many of them exactly 0.", "keras.activations.sparsemax")
	a.bind(b)
}

// Build applies the function to x.
func (a *sparsemax) Build(g *op.Graph, x *op.Node) *op.Node {
	return g.Apply(op.Sparsemax{Axis: a.of(x)}, x)
}
