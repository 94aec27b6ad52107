package metric

import "github.com/dlrun/dlrun/dsl/schema"

var _ = Register("false_negatives", func() Metric { return new(falseNegatives) })

// falseNegatives is one count of the confusion matrix.
type falseNegatives struct{ count }

func (m *falseNegatives) Schema(b *schema.Block) {
	b.Doc("Number of positive targets that are predicted as negative.", "keras.metrics.FalseNegatives")
	m.bind(b)
}

// Result is the count.
func (m *falseNegatives) Result(acc []float64) float64 { return acc[2] }
