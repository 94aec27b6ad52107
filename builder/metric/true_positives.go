package metric

import "github.com/dlrun/dlrun/dsl/schema"

var _ = Register("true_positives", func() Metric { return new(truePositives) })

// truePositives is one count of the confusion matrix.
type truePositives struct{ count }

func (m *truePositives) Schema(b *schema.Block) {
	b.Doc("Number of positive targets that are predicted as such.", "keras.metrics.TruePositives")
	m.bind(b)
}

// Rises says that more is better.
func (m *truePositives) Rises() {}

// Result is the count.
func (m *truePositives) Result(acc []float64) float64 { return acc[0] }
