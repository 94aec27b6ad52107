package metric

import "github.com/dlrun/dlrun/dsl/schema"

var _ = Register("mean_squared_error", func() Metric { return new(meanSquaredError) }, "mse", "MSE")

// meanSquaredError is the mean of (y-p)².
type meanSquaredError struct{ pointwise }

func (m *meanSquaredError) Schema(b *schema.Block) {
	b.Doc("Mean of the squared differences.", "keras.metrics.MeanSquaredError")
	m.bind(b)
}

// Update adds the values.
func (m *meanSquaredError) Update(acc []float64, y, output Values, weights []float32) {
	m.add(acc, output.Shape[0], len(output.F), weights, func(i int) float64 {
		y, p := y.At(i), float64(output.F[i])
		return (p - y) * (p - y)
	})
}
