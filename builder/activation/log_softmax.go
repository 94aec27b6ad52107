package activation

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("log_softmax", func() Activation { return new(logSoftmax) })

// logSoftmax is the logarithm of softmax.
type logSoftmax struct{ alongAxis }

func (a *logSoftmax) Schema(b *schema.Block) {
	b.Doc("Logarithm of the softmax.", "keras.activations.log_softmax")
	a.bind(b)
}

// Build applies the function to x.
func (a *logSoftmax) Build(g *op.Graph, x *op.Node) *op.Node {
	return g.Apply(op.Softmax{Axis: a.of(x), Log: true}, x)
}
