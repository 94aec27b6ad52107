package metric

import (
	"math"

	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("pearson_correlation", func() Metric { return new(pearsonCorrelation) })

// pearsonCorrelation is the mean of the covariances of targets and outputs over the product of their
// standard deviations.
type pearsonCorrelation struct{ along }

func (m *pearsonCorrelation) Schema(b *schema.Block) {
	b.Doc("Mean of the linear correlations between target and output along an axis.", "keras.metrics.PearsonCorrelation",
		"Vectors whose elements are all the same have no correlation: the result is NaN. Along axis 0 the correlation is taken over each batch.")
	m.bind(b)
}

// Rises says that more is better.
func (m *pearsonCorrelation) Rises() {}

// Update adds the correlations.
func (m *pearsonCorrelation) Update(acc []float64, y, output Values, weights []float32) {
	m.pairs(acc, y, output, weights, func(y, p []float64) float64 {
		my, mp, sum := meanOf(y), meanOf(p), 0.0
		for k, t := range y {
			sum += float64((t - my) * (p[k] - mp))
		}
		return sum / float64(len(y)) / (math.Sqrt(varianceOf(y)) * math.Sqrt(varianceOf(p)))
	})
}
