package loss

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("kl_divergence", func() Loss { return new(klDivergence) }, "kld", "KLD")

// klDivergence is Σ y·ln(y/p), both cut to [1e-7, 1].
type klDivergence struct{ pointwise }

func (l *klDivergence) Schema(b *schema.Block) {
	b.Doc("Kullback-Leibler divergence of the output from the target, summed over the last axis.", "keras.losses.KLDivergence")
	l.bind(b)
}

// Build returns the values, [batch, ...] without the last axis.
func (l *klDivergence) Build(g *op.Graph, y, output *op.Node) *op.Node {
	return l.apply(g, op.PointLoss{Fn: "kl_divergence", Sum: true}, y, output)
}
