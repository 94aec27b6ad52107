package metric

import (
	"math"

	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("mean_absolute_percentage_error", func() Metric { return new(meanAbsolutePercentageError) }, "mape", "MAPE")

// meanAbsolutePercentageError is the mean of 100·|y-p| / max(|y|, 1e-7).
type meanAbsolutePercentageError struct{ pointwise }

func (m *meanAbsolutePercentageError) Schema(b *schema.Block) {
	b.Doc("Mean of the absolute differences in percent of the target.", "keras.metrics.MeanAbsolutePercentageError")
	m.bind(b)
}

// Update adds the values.
func (m *meanAbsolutePercentageError) Update(acc []float64, y, output Values, weights []float32) {
	m.add(acc, output.Shape[0], len(output.F), weights, func(i int) float64 {
		y, p := y.At(i), float64(output.F[i])
		return 100 * math.Abs(p-y) / max(math.Abs(y), epsilon)
	})
}
