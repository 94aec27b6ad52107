package loss

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("huber", func() Loss { return new(huber) })

// huber is ½e² where |e| ≤ δ, else δ|e| - ½δ², of e = p-y.
type huber struct {
	pointwise
	delta float64
}

func (l *huber) Schema(b *schema.Block) {
	b.Doc("Squared near 0 and absolute beyond delta, so that outliers weigh less.", "keras.losses.Huber")
	b.Float(&l.delta, "delta", "Where the loss turns from squared to absolute.", schema.Default(1.0), schema.AtLeast(0))
	l.bind(b)
}

// Build returns the values, [batch, ...] without the last axis.
func (l *huber) Build(g *op.Graph, y, output *op.Node) *op.Node {
	return l.apply(g, op.PointLoss{Fn: "huber", A: l.delta}, y, output)
}
