package metric

import (
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("categorical_hinge", func() Metric { return new(categoricalHinge) })

// categoricalHinge is the mean of max(neg - pos + 1, 0) of pos = Σ y·p and neg = max (1-y)·p.
type categoricalHinge struct{ mean }

func (m *categoricalHinge) Schema(b *schema.Block) {
	b.Doc("Mean of the maximum-margin loss of one-hot targets.", "keras.metrics.CategoricalHinge")
	m.bind(b)
}

// Target has a number for each class.
func (m *categoricalHinge) Target(target, output shape.Spec) (shape.Spec, error) {
	return distribution(target, output)
}

// Update adds the values.
func (m *categoricalHinge) Update(acc []float64, y, output Values, weights []float32) {
	r := rowsOf(output)
	m.add(acc, output.Shape[0], r.count, weights, func(i int) float64 {
		pos, neg := 0.0, 0.0
		for k := range r.n {
			t, p := y.At(i*r.n+k), float64(output.F[i*r.n+k])
			pos += float64(t * p)
			if other := (1 - t) * p; k == 0 || other > neg {
				neg = other
			}
		}
		return max(neg-pos+1, 0)
	})
}
