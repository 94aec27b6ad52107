package metric

import "github.com/dlrun/dlrun/dsl/schema"

var _ = Register("hinge", func() Metric { return new(hinge) })

// hinge is the mean of max(1-yp, 0).
type hinge struct{ pointwise }

func (m *hinge) Schema(b *schema.Block) {
	b.Doc("Mean of the maximum-margin loss of labels -1 and 1 (or 0 and 1).", "keras.metrics.Hinge")
	m.bind(b)
}

// Update adds the values.
func (m *hinge) Update(acc []float64, y, output Values, weights []float32) {
	label := hingeLabel(y, len(output.F))
	m.add(acc, output.Shape[0], len(output.F), weights, func(i int) float64 {
		return max(1-float64(label(y.At(i))*float64(output.F[i])), 0)
	})
}

// hingeLabel makes -1 and 1 of the n labels of a batch that are all 0 or 1, and leaves others.
func hingeLabel(y Values, n int) func(float64) float64 {
	for i := range n {
		if v := y.At(i); v != 0 && v != 1 {
			return func(v float64) float64 { return v }
		}
	}
	return func(v float64) float64 { return 2*v - 1 }
}
