package loss

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("mean_absolute_percentage_error", func() Loss { return new(meanAbsolutePercentageError) }, "mape", "MAPE")

// meanAbsolutePercentageError is 100·|y-p| / max(|y|, 1e-7).
type meanAbsolutePercentageError struct{ pointwise }

func (l *meanAbsolutePercentageError) Schema(b *schema.Block) {
	b.Doc("Mean of the absolute differences in percent of the target.", "keras.losses.MeanAbsolutePercentageError")
	l.bind(b)
}

// Build returns the values, [batch, ...] without the last axis.
func (l *meanAbsolutePercentageError) Build(g *op.Graph, y, output *op.Node) *op.Node {
	return l.apply(g, op.PointLoss{Fn: "absolute_percentage"}, y, output)
}
