package metric

import "github.com/dlrun/dlrun/dsl/schema"

var _ = Register("f1_score", func() Metric { return new(f1Score) })

// f1Score is the harmonic mean of precision and recall.
type f1Score struct{ fBetaScore }

func (m *f1Score) Schema(b *schema.Block) {
	b.Doc("Harmonic mean of precision and recall.", "keras.metrics.F1Score")
	m.beta = 1
	m.bindAverage(b)
	m.bindRest(b)
}
