package activation

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("softmax", func() Activation { return new(softmax) })

// softmax makes probabilities that add up to 1.
type softmax struct{ alongAxis }

func (a *softmax) Schema(b *schema.Block) {
	b.Doc("Probabilities that add up to 1: exp(x) over its sum.", "keras.activations.softmax")
	a.bind(b)
}

// Build applies the function to x.
func (a *softmax) Build(g *op.Graph, x *op.Node) *op.Node {
	return g.Apply(op.Softmax{Axis: a.of(x)}, x)
}
