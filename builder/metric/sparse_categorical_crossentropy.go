package metric

import (
	"slices"

	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("sparse_categorical_crossentropy", func() Metric { return new(sparseCategoricalCrossentropy) })

// sparseCategoricalCrossentropy is the mean of -ln p of the class that the target names.
type sparseCategoricalCrossentropy struct {
	mean
	fromLogits  bool
	ignoreClass *int
	axis        int
}

func (m *sparseCategoricalCrossentropy) Schema(b *schema.Block) {
	b.Doc("Crossentropy of targets that are class numbers, from 0.", "keras.metrics.SparseCategoricalCrossentropy")
	b.Bool(&m.fromLogits, "from_logits", "Whether the output is logits, before a softmax, instead of probabilities.", schema.Default(false))
	b.OptInt(&m.ignoreClass, "ignore_class", "A target of this number has the value 0; with sample weights it does not count.")
	b.Int(&m.axis, "axis", "Axis of the classes; the batch counts as 0.", schema.Default(-1))
	m.bind(b)
}

// Target is a class number for each position.
func (m *sparseCategoricalCrossentropy) Target(target, output shape.Spec) (shape.Spec, error) {
	rest, err := without(output, m.axis)
	if err != nil || !rest.Known {
		return target, err
	}
	rest.Shape = append(rest.Shape, output.Shape[len(output.Shape)-1]) // any last axis will do
	return labels(target, rest)
}

// Update adds the values. A target that is no class adds 0, as in Keras.
func (m *sparseCategoricalCrossentropy) Update(acc []float64, y, output Values, weights []float32) {
	r := stripsOf(output, m.axis)
	ignored := func(i int) bool { return m.ignoreClass != nil && int(y.At(i)) == *m.ignoreClass }
	// Keras' mean heeds the mask of the values where there are sample weights, and only there.
	if m.ignoreClass != nil && len(weights) == r.count {
		weights = slices.Clone(weights)
		for i := range weights {
			if ignored(i) {
				weights[i] = 0
			}
		}
	}
	m.add(acc, output.Shape[0], r.count, weights, func(i int) float64 {
		l := int(y.At(i))
		if l < 0 || l >= r.n || ignored(i) {
			return 0
		}
		row := r.of(output, i)
		return -normOf(row, m.fromLogits).log(row[l])
	})
}
