package loss

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("mean_absolute_error", func() Loss { return new(meanAbsoluteError) }, "mae", "MAE")

// meanAbsoluteError is |y-p|.
type meanAbsoluteError struct{ pointwise }

func (l *meanAbsoluteError) Schema(b *schema.Block) {
	b.Doc("Mean of the absolute differences.", "keras.losses.MeanAbsoluteError")
	l.bind(b)
}

// Build returns the values, [batch, ...] without the last axis.
func (l *meanAbsoluteError) Build(g *op.Graph, y, output *op.Node) *op.Node {
	return l.apply(g, op.PointLoss{Fn: "absolute"}, y, output)
}
