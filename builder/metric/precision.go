package metric

import "github.com/dlrun/dlrun/dsl/schema"

var _ = Register("precision", func() Metric { return new(precision) })

// precision is the share of true positives among all that count as positive.
type precision struct{ confusion }

func (m *precision) Schema(b *schema.Block) {
	b.Doc("Share of right ones among positive predictions.", "keras.metrics.Precision")
	m.bind(b)
}

// Rises says that more is better.
func (m *precision) Rises() {}

// Result is TP / (TP + FP).
func (m *precision) Result(acc []float64) float64 { return ratio(acc[0], acc[0]+acc[1]) }
