package metric

import (
	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/internal/kernel/f32vec"
)

var _ = Register("poisson", func() Metric { return new(poisson) })

// poisson is the mean of p - y·ln(p + 1e-7).
type poisson struct{ pointwise }

func (m *poisson) Schema(b *schema.Block) {
	b.Doc("Negative log likelihood of a Poisson distribution, up to a constant.", "keras.metrics.Poisson")
	m.bind(b)
}

// Update adds the values.
func (m *poisson) Update(acc []float64, y, output Values, weights []float32) {
	m.add(acc, output.Shape[0], len(output.F), weights, func(i int) float64 {
		y, p := y.At(i), float64(output.F[i])
		return p - float64(y*f32vec.Log64(p+epsilon))
	})
}
