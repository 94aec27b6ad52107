package metric

import "github.com/dlrun/dlrun/dsl/schema"

var _ = Register("false_positives", func() Metric { return new(falsePositives) })

// falsePositives is one count of the confusion matrix.
type falsePositives struct{ count }

func (m *falsePositives) Schema(b *schema.Block) {
	b.Doc("Number of negative targets that are predicted as positive.", "keras.metrics.FalsePositives")
	m.bind(b)
}

// Result is the count.
func (m *falsePositives) Result(acc []float64) float64 { return acc[1] }
