package loss

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("tversky", func() Loss { return new(tversky) })

// tversky is 1 - t/(t + α·a + β·b + 1e-7) of t = Σ yp, a = Σ y(1-p) and b = Σ p(1-y) (Salehi et al.,
// 2017).
type tversky struct {
	overlap
	alpha, beta float64
}

func (l *tversky) Schema(b *schema.Block) {
	b.Doc("How much of target and output does not overlap, with weights for what only one of them has; with both at 0.5 it is dice.", "keras.losses.Tversky",
		"Keras calls alpha the weight of false positives, but it weighs what the target has and the output has not, as here.")
	b.Float(&l.alpha, "alpha", "Weight of what only the target has.", schema.Default(0.5), schema.AtLeast(0))
	b.Float(&l.beta, "beta", "Weight of what only the output has.", schema.Default(0.5), schema.AtLeast(0))
	l.bind(b)
}

// Build returns the values without the axes.
func (l *tversky) Build(g *op.Graph, y, output *op.Node) *op.Node {
	sum, y, output := l.sums(g, y, output)
	if g.Err() != nil {
		return nil
	}
	without := func(a, b *op.Node) *op.Node { // Σ a(1-b)
		return sum(g.Apply(op.Binary{Fn: "mul"}, a, g.Apply(op.Unary{Fn: "affine", A: -1, B: 1}, b)))
	}
	both := sum(g.Apply(op.Binary{Fn: "mul"}, y, output))
	whole := g.Apply(op.Binary{Fn: "add"}, both, g.Apply(op.Scale(l.alpha), without(y, output)))
	return lacking(g, both, g.Apply(op.Binary{Fn: "add"}, whole, g.Apply(op.Scale(l.beta), without(output, y))))
}
