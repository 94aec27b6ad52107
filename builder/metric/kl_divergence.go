package metric

import (
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/internal/kernel/f32vec"
)

var _ = Register("kl_divergence", func() Metric { return new(klDivergence) })

// klDivergence is the mean over positions of Σ y·ln(y/p), both cut to [1e-7, 1].
type klDivergence struct{ mean }

func (m *klDivergence) Schema(b *schema.Block) {
	b.Doc("Kullback-Leibler divergence of the output from the target, summed over the last axis.", "keras.metrics.KLDivergence")
	m.bind(b)
}

// Target has a number for each class.
func (m *klDivergence) Target(target, output shape.Spec) (shape.Spec, error) {
	return distribution(target, output)
}

// Update adds the values.
func (m *klDivergence) Update(acc []float64, y, output Values, weights []float32) {
	r := rowsOf(output)
	m.add(acc, output.Shape[0], r.count, weights, func(i int) float64 {
		sum := 0.0
		for k := i * r.n; k < (i+1)*r.n; k++ {
			y, p := min(max(y.At(k), epsilon), 1), min(max(float64(output.F[k]), epsilon), 1)
			sum += float64(y * f32vec.Log64(y/p))
		}
		return sum
	})
}
