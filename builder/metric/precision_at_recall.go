package metric

import "github.com/dlrun/dlrun/dsl/schema"

var _ = Register("precision_at_recall", func() Metric { return new(precisionAtRecall) })

// precisionAtRecall is the best point of a curve.
type precisionAtRecall struct{ curve }

func (m *precisionAtRecall) Schema(b *schema.Block) {
	b.Doc("Largest precision at any threshold at which the recall is as large as asked for.", "keras.metrics.PrecisionAtRecall")
	m.bind(b, "recall", "The recall, TP / (TP + FN), that is asked for.")
}

// Result is the largest.
func (m *precisionAtRecall) Result(acc []float64) float64 { return m.best(acc, recallOf, precisionOf) }
