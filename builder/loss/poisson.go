package loss

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("poisson", func() Loss { return new(poisson) })

// poisson is p - y·ln(p + 1e-7).
type poisson struct{ pointwise }

func (l *poisson) Schema(b *schema.Block) {
	b.Doc("Negative log likelihood of a Poisson distribution, up to a constant.", "keras.losses.Poisson")
	l.bind(b)
}

// Build returns the values, [batch, ...] without the last axis.
func (l *poisson) Build(g *op.Graph, y, output *op.Node) *op.Node {
	return l.apply(g, op.PointLoss{Fn: "poisson"}, y, output)
}
