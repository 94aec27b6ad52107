package metric

import (
	"math"

	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("mean_absolute_error", func() Metric { return new(meanAbsoluteError) }, "mae", "MAE")

// meanAbsoluteError is the mean of |y-p|.
type meanAbsoluteError struct{ pointwise }

func (m *meanAbsoluteError) Schema(b *schema.Block) {
	b.Doc("Mean of the absolute differences.", "keras.metrics.MeanAbsoluteError")
	m.bind(b)
}

// Update adds the values.
func (m *meanAbsoluteError) Update(acc []float64, y, output Values, weights []float32) {
	m.add(acc, output.Shape[0], len(output.F), weights, func(i int) float64 {
		y, p := y.At(i), float64(output.F[i])
		return math.Abs(p - y)
	})
}
