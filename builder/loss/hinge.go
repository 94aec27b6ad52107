package loss

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("hinge", func() Loss { return new(hinge) })

// hinge is max(1-yp, 0).
type hinge struct{ pointwise }

func (l *hinge) Schema(b *schema.Block) {
	b.Doc("Maximum-margin loss of labels -1 and 1 (or 0 and 1).", "keras.losses.Hinge")
	l.bind(b)
}

// Build returns the values, [batch, ...] without the last axis.
func (l *hinge) Build(g *op.Graph, y, output *op.Node) *op.Node {
	return l.apply(g, op.PointLoss{Fn: "hinge"}, y, output)
}
