package metric

import "github.com/dlrun/dlrun/dsl/schema"

var _ = Register("recall_at_precision", func() Metric { return new(recallAtPrecision) })

// recallAtPrecision is the best point of a curve.
type recallAtPrecision struct{ curve }

func (m *recallAtPrecision) Schema(b *schema.Block) {
	b.Doc("Largest recall at any threshold at which the precision is as large as asked for.", "keras.metrics.RecallAtPrecision")
	m.bind(b, "precision", "The precision, TP / (TP + FP), that is asked for.")
}

// Result is the largest.
func (m *recallAtPrecision) Result(acc []float64) float64 { return m.best(acc, precisionOf, recallOf) }
