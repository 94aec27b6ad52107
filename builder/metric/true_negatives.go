package metric

import "github.com/dlrun/dlrun/dsl/schema"

var _ = Register("true_negatives", func() Metric { return new(trueNegatives) })

// trueNegatives is one count of the confusion matrix.
type trueNegatives struct{ count }

func (m *trueNegatives) Schema(b *schema.Block) {
	b.Doc("Number of negative targets that are predicted as such.", "keras.metrics.TrueNegatives")
	m.bind(b)
}

// Rises says that more is better.
func (m *trueNegatives) Rises() {}

// Result is the count.
func (m *trueNegatives) Result(acc []float64) float64 { return acc[3] }
