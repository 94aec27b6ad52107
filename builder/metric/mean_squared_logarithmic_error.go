package metric

import (
	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/internal/kernel/f32vec"
)

var _ = Register("mean_squared_logarithmic_error", func() Metric { return new(meanSquaredLogarithmicError) }, "msle", "MSLE")

// meanSquaredLogarithmicError is the mean of (ln(p+1) - ln(y+1))², both at least 1e-7.
type meanSquaredLogarithmicError struct{ pointwise }

func (m *meanSquaredLogarithmicError) Schema(b *schema.Block) {
	b.Doc("Mean of the squared differences of the logarithms.", "keras.metrics.MeanSquaredLogarithmicError")
	m.bind(b)
}

// Update adds the values.
func (m *meanSquaredLogarithmicError) Update(acc []float64, y, output Values, weights []float32) {
	m.add(acc, output.Shape[0], len(output.F), weights, func(i int) float64 {
		y, p := y.At(i), float64(output.F[i])
		d := f32vec.Log64(max(p, epsilon)+1) - f32vec.Log64(max(y, epsilon)+1)
		return d * d
	})
}
