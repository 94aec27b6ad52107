package metric

import (
	"math"

	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("cosine_similarity", func() Metric { return new(cosineSimilarity) })

// cosineSimilarity is the mean of Σ yp / (|y|·|p|).
type cosineSimilarity struct{ along }

func (m *cosineSimilarity) Schema(b *schema.Block) {
	b.Doc("Mean of the cosines of the angles between target and output.", "keras.metrics.CosineSimilarity")
	m.bind(b)
}

// Rises says that more is better.
func (m *cosineSimilarity) Rises() {}

// Update adds the cosines.
func (m *cosineSimilarity) Update(acc []float64, y, output Values, weights []float32) {
	m.pairs(acc, y, output, weights, func(y, p []float64) float64 {
		yy, pp, yp := 0.0, 0.0, 0.0
		for k, t := range y {
			yy += float64(t * t)
			pp += float64(p[k] * p[k])
			yp += float64(t * p[k])
		}
		return yp / max(math.Sqrt(yy), epsilon) / max(math.Sqrt(pp), epsilon)
	})
}
