package loss

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("mean_squared_logarithmic_error", func() Loss { return new(meanSquaredLogarithmicError) }, "msle", "MSLE")

// meanSquaredLogarithmicError is (ln(p+1) - ln(y+1))², both at least 1e-7.
type meanSquaredLogarithmicError struct{ pointwise }

func (l *meanSquaredLogarithmicError) Schema(b *schema.Block) {
	b.Doc("Mean of the squared differences of the logarithms.", "keras.losses.MeanSquaredLogarithmicError")
	l.bind(b)
}

// Build returns the values, [batch, ...] without the last axis.
func (l *meanSquaredLogarithmicError) Build(g *op.Graph, y, output *op.Node) *op.Node {
	return l.apply(g, op.PointLoss{Fn: "squared_logarithmic"}, y, output)
}
