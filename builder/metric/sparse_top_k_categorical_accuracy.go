package metric

import (
	"slices"

	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("sparse_top_k_categorical_accuracy", func() Metric { return new(sparseTopKCategoricalAccuracy) })

// sparseTopKCategoricalAccuracy counts where fewer than k classes are above the one that the target
// names: ties count for the prediction.
type sparseTopKCategoricalAccuracy struct {
	mean
	k      int
	sorted bool
}

func (m *sparseTopKCategoricalAccuracy) Schema(b *schema.Block) {
	b.Doc("Share of predictions that have the class that the target numbers among their k largest.", "keras.metrics.SparseTopKCategoricalAccuracy")
	b.Int(&m.k, "k", "How many of the largest classes count.", schema.Default(5), schema.AtLeast(1))
	b.Bool(&m.sorted, "from_sorted_ids", "Whether the output is the numbers of the largest classes, the largest first, instead of a number for each class.", schema.Default(false))
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
		row := output.F[i*r.n : (i+1)*r.n]
		if !m.sorted {
			return inTopK(row, int(y.At(i)), m.k)
		}
		if slices.Contains(row[:min(m.k, r.n)], float32(y.At(i))) {
			return 1
		}
		return 0
	})
}
