package loss

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("mean_squared_error", func() Loss { return new(meanSquaredError) }, "mse", "MSE")

// meanSquaredError is (y-p)².
type meanSquaredError struct{ pointwise }

func (l *meanSquaredError) Schema(b *schema.Block) {
	b.Doc("Mean of the squared differences.", "keras.losses.MeanSquaredError")
	l.bind(b)
}

// Build returns the values, [batch, ...] without the last axis.
func (l *meanSquaredError) Build(g *op.Graph, y, output *op.Node) *op.Node {
	return l.apply(g, op.PointLoss{Fn: "squared"}, y, output)
}
