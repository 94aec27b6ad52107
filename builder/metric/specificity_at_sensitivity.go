package metric

import "github.com/dlrun/dlrun/dsl/schema"

var _ = Register("specificity_at_sensitivity", func() Metric { return new(specificityAtSensitivity) })

// specificityAtSensitivity is the best point of a curve.
type specificityAtSensitivity struct{ curve }

func (m *specificityAtSensitivity) Schema(b *schema.Block) {
	b.Doc("Largest specificity at any threshold at which the sensitivity, which is the recall, is as large as asked for.", "keras.metrics.SpecificityAtSensitivity")
	m.bind(b, "sensitivity", "The sensitivity, TP / (TP + FN), that is asked for.")
}

// Result is the largest.
func (m *specificityAtSensitivity) Result(acc []float64) float64 {
	return m.best(acc, recallOf, specificityOf)
}
