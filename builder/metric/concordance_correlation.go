package metric

import "github.com/dlrun/dlrun/dsl/schema"

var _ = Register("concordance_correlation", func() Metric { return new(concordanceCorrelation) })

// concordanceCorrelation is the mean of 2c/(v + w + (a-b)² + 1e-7), a, b being the means of target
// and output, v, w their variances and c the mean of (y-b)(p-b), as Keras has it in the place of the
// covariance.
type concordanceCorrelation struct{ along }

func (m *concordanceCorrelation) Schema(b *schema.Block) {
	b.Doc("Mean of the agreements between target and output along an axis: how near they are to the line on which both are the same.", "keras.metrics.ConcordanceCorrelation",
		"Along axis 0 it is taken over each batch.")
	m.bind(b)
}

// Rises says that more is better.
func (m *concordanceCorrelation) Rises() {}

// Update adds the correlations.
func (m *concordanceCorrelation) Update(acc []float64, y, output Values, weights []float32) {
	m.pairs(acc, y, output, weights, func(y, p []float64) float64 {
		my, mp, sum := meanOf(y), meanOf(p), 0.0
		for k, t := range y {
			sum += float64((t - mp) * (p[k] - mp))
		}
		return 2 * sum / float64(len(y)) / (varianceOf(y) + varianceOf(p) + float64((my-mp)*(my-mp)) + epsilon)
	})
}
