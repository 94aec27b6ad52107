package metric

import (
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("binary_accuracy", func() Metric { return new(binaryAccuracy) })

// binaryAccuracy counts where the target is 1 and the prediction above the threshold, or 0 and not
// above.
type binaryAccuracy struct {
	mean
	threshold float64
}

func (m *binaryAccuracy) Schema(b *schema.Block) {
	b.Doc("Share of predictions on the right side of a threshold.", "keras.metrics.BinaryAccuracy")
	b.Float(&m.threshold, "threshold", "Above it a prediction counts as 1.", schema.Default(0.5))
	m.bind(b)
}

// Rises says that more is better.
func (m *binaryAccuracy) Rises() {}

// Target has the output's shape, or differs from it by a last axis of size 1.
func (m *binaryAccuracy) Target(target, output shape.Spec) (shape.Spec, error) {
	return elementwise(target, output)
}

// Update counts.
func (m *binaryAccuracy) Update(acc []float64, y, output Values, weights []float32) {
	threshold := float32(m.threshold)
	m.add(acc, output.Shape[0], len(output.F), weights, func(i int) float64 {
		if is := output.F[i] > threshold; is && y.At(i) == 1 || !is && y.At(i) == 0 {
			return 1
		}
		return 0
	})
}

// Thresholds implements Thresholding: what is told apart at 0 is meant to be logits.
func (m *binaryAccuracy) Thresholds(_, _ shape.Spec) bool { return m.threshold > 0 && m.threshold < 1 }
