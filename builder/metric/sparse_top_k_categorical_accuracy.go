package metric

import (
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("sparse_top_k_categorical_accuracy", func() Metric { return new(sparseTopKCategoricalAccuracy) })

// sparseTopKCategoricalAccuracy counts where fewer than k classes are above the one that the target
// names: ties count for the prediction.
type sparseTopKCategoricalAccuracy struct {
	mean
	k int
}

func (m *sparseTopKCategoricalAccuracy) Schema(b *schema.Block) {
	b.Doc("Share of predictions that have the class that the target numbers among their k largest.", "keras.metrics.SparseTopKCategoricalAccuracy")
	b.Int(&m.k, "k", "How many of the largest classes count.", schema.Default(5), schema.AtLeast(1))
	m.bind(b)
}

// Rises says that more is better.
func (m *sparseTopKCategoricalAccuracy) Rises() {}

// Target is a class number for each position.
func (m *sparseTopKCategoricalAccuracy) Target(target, output shape.Spec) (shape.Spec, error) {
	return labels(target, output)
}

// Update counts.
func (m *sparseTopKCategoricalAccuracy) Update(acc []float64, y, output Values, weights []float32) {
	r := rowsOf(output)
	m.add(acc, output.Shape[0], r.count, weights, func(i int) float64 {
		return inTopK(output.F[i*r.n:(i+1)*r.n], int(y.At(i)), m.k)
	})
}
