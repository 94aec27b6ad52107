package metric

import "github.com/dlrun/dlrun/dsl/schema"

var _ = Register("squared_hinge", func() Metric { return new(squaredHinge) })

// squaredHinge is the mean of max(1-yp, 0)².
type squaredHinge struct{ pointwise }

func (m *squaredHinge) Schema(b *schema.Block) {
	b.Doc("Mean of the square of the maximum-margin loss of labels -1 and 1 (or 0 and 1).", "keras.metrics.SquaredHinge")
	m.bind(b)
}

// Update adds the values.
func (m *squaredHinge) Update(acc []float64, y, output Values, weights []float32) {
	label := hingeLabel(y, len(output.F))
	m.add(acc, output.Shape[0], len(output.F), weights, func(i int) float64 {
		h := max(1-float64(label(y.At(i))*float64(output.F[i])), 0)
		return h * h
	})
}
