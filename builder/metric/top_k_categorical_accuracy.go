package metric

import (
	"math"

	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("top_k_categorical_accuracy", func() Metric { return new(topKCategoricalAccuracy) })

// topKCategoricalAccuracy counts where fewer than k classes are above the one at which a one-hot
// target is largest: ties count for the prediction.
type topKCategoricalAccuracy struct {
	mean
	k int
}

func (m *topKCategoricalAccuracy) Schema(b *schema.Block) {
	b.Doc("Share of predictions that have the class of a one-hot target among their k largest.", "keras.metrics.TopKCategoricalAccuracy")
	b.Int(&m.k, "k", "How many of the largest classes count.", schema.Default(5), schema.AtLeast(1))
	m.bind(b)
}

// Rises says that more is better.
func (m *topKCategoricalAccuracy) Rises() {}

// Target has a number for each class.
func (m *topKCategoricalAccuracy) Target(target, output shape.Spec) (shape.Spec, error) {
	return distribution(target, output)
}

// Update counts.
func (m *topKCategoricalAccuracy) Update(acc []float64, y, output Values, weights []float32) {
	r := rowsOf(output)
	m.add(acc, output.Shape[0], r.count, weights, func(i int) float64 {
		return inTopK(output.F[i*r.n:(i+1)*r.n], y.largest(i*r.n, r.n), m.k)
	})
}

// inTopK is 1 where fewer than k elements are above that of label, which is below all if it is not a
// number.
func inTopK(row []float32, label, k int) float64 {
	at := float32(math.Inf(-1))
	if label >= 0 && label < len(row) && row[label] == row[label] {
		at = row[label]
	}
	for _, p := range row {
		if p > at {
			k--
		}
	}
	if k > 0 {
		return 1
	}
	return 0
}
