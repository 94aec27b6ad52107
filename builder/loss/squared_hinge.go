package loss

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("squared_hinge", func() Loss { return new(squaredHinge) })

// squaredHinge is max(1-yp, 0)².
type squaredHinge struct{ pointwise }

func (l *squaredHinge) Schema(b *schema.Block) {
	b.Doc("Square of the maximum-margin loss of labels -1 and 1 (or 0 and 1).", "keras.losses.SquaredHinge")
	l.bind(b)
}

// Build returns the values, [batch, ...] without the last axis.
func (l *squaredHinge) Build(g *op.Graph, y, output *op.Node) *op.Node {
	return l.apply(g, op.PointLoss{Fn: "squared_hinge"}, y, output)
}
