package metric

import (
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("categorical_accuracy", func() Metric { return new(categoricalAccuracy) })

// categoricalAccuracy counts where target and output are largest at the same class.
type categoricalAccuracy struct{ mean }

func (m *categoricalAccuracy) Schema(b *schema.Block) {
	b.Doc("Share of predictions whose largest class is that of a one-hot target.", "keras.metrics.CategoricalAccuracy")
	m.bind(b)
}

// Rises says that more is better.
func (m *categoricalAccuracy) Rises() {}

// Target has a number for each class.
func (m *categoricalAccuracy) Target(target, output shape.Spec) (shape.Spec, error) {
	return distribution(target, output)
}

// Update counts.
func (m *categoricalAccuracy) Update(acc []float64, y, output Values, weights []float32) {
	r := rowsOf(output)
	m.add(acc, output.Shape[0], r.count, weights, func(i int) float64 {
		if y.largest(i*r.n, r.n) == output.largest(i*r.n, r.n) {
			return 1
		}
		return 0
	})
}
