package metric

import (
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("sparse_categorical_crossentropy", func() Metric { return new(sparseCategoricalCrossentropy) })

// sparseCategoricalCrossentropy is the mean of -ln p of the class that the target names.
type sparseCategoricalCrossentropy struct {
	mean
	fromLogits bool
}

func (m *sparseCategoricalCrossentropy) Schema(b *schema.Block) {
	b.Doc("Crossentropy of targets that are class numbers, from 0.", "keras.metrics.SparseCategoricalCrossentropy")
	b.Bool(&m.fromLogits, "from_logits", "Whether the output is logits, before a softmax, instead of probabilities.", schema.Default(false))
	m.bind(b)
}

// Target is a class number for each position.
func (m *sparseCategoricalCrossentropy) Target(target, output shape.Spec) (shape.Spec, error) {
	return labels(target, output)
}

// Update adds the values. A target that is no class adds 0, as in Keras.
func (m *sparseCategoricalCrossentropy) Update(acc []float64, y, output Values, weights []float32) {
	r := rowsOf(output)
	m.add(acc, output.Shape[0], r.count, weights, func(i int) float64 {
		row := output.F[i*r.n : (i+1)*r.n]
		l := int(y.At(i))
		if l < 0 || l >= r.n {
			return 0
		}
		return -normOf(row, m.fromLogits).log(row[l])
	})
}
