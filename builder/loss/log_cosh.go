package loss

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("log_cosh", func() Loss { return new(logCosh) })

// logCosh is ln cosh(p-y).
type logCosh struct{ pointwise }

func (l *logCosh) Schema(b *schema.Block) {
	b.Doc("Logarithm of the hyperbolic cosine of the difference: squared near 0, absolute far away.", "keras.losses.LogCosh")
	l.bind(b)
}

// Build returns the values, [batch, ...] without the last axis.
func (l *logCosh) Build(g *op.Graph, y, output *op.Node) *op.Node {
	return l.apply(g, op.PointLoss{Fn: "log_cosh"}, y, output)
}
