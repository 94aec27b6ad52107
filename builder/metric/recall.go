package metric

import "github.com/dlrun/dlrun/dsl/schema"

var _ = Register("recall", func() Metric { return new(recall) })

// recall is the share of true positives among all that should be positive.
type recall struct{ confusion }

func (m *recall) Schema(b *schema.Block) {
	b.Doc("Share of positive targets that are predicted.", "keras.metrics.Recall")
	m.bind(b)
}

// Rises says that more is better.
func (m *recall) Rises() {}

// Result is TP / (TP + FN).
func (m *recall) Result(acc []float64) float64 { return ratio(acc[0], acc[0]+acc[2]) }
