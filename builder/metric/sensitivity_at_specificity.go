package metric

import "github.com/dlrun/dlrun/dsl/schema"

var _ = Register("sensitivity_at_specificity", func() Metric { return new(sensitivityAtSpecificity) })

// sensitivityAtSpecificity is the best point of a curve.
type sensitivityAtSpecificity struct{ curve }

func (m *sensitivityAtSpecificity) Schema(b *schema.Block) {
	b.Doc("Largest sensitivity, which is the recall, at any threshold at which the specificity is as large as asked for.", "keras.metrics.SensitivityAtSpecificity")
	m.bind(b, "specificity", "The specificity, TN / (TN + FP), that is asked for.")
}

// Result is the largest.
func (m *sensitivityAtSpecificity) Result(acc []float64) float64 {
	return m.best(acc, specificityOf, recallOf)
}
