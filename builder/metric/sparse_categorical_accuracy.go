package metric

import (
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("sparse_categorical_accuracy", func() Metric { return new(sparseCategoricalAccuracy) })

// sparseCategoricalAccuracy counts where the output is largest at the class that the target names.
type sparseCategoricalAccuracy struct{ mean }

func (m *sparseCategoricalAccuracy) Schema(b *schema.Block) {
	b.Doc("Share of predictions whose largest class is the one that the target numbers.", "keras.metrics.SparseCategoricalAccuracy")
	m.bind(b)
}

// Rises says that more is better.
func (m *sparseCategoricalAccuracy) Rises() {}

// Target is a class number for each position.
func (m *sparseCategoricalAccuracy) Target(target, output shape.Spec) (shape.Spec, error) {
	return labels(target, output)
}

// Update counts.
func (m *sparseCategoricalAccuracy) Update(acc []float64, y, output Values, weights []float32) {
	r := rowsOf(output)
	m.add(acc, output.Shape[0], r.count, weights, func(i int) float64 {
		if y.At(i) == float64(output.largest(i*r.n, r.n)) {
			return 1
		}
		return 0
	})
}
