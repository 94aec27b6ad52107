package metric

import (
	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/internal/kernel/f32vec"
)

var _ = Register("binary_crossentropy", func() Metric { return new(binaryCrossentropy) }, "bce", "BCE")

// binaryCrossentropy is the mean of -y·ln p - (1-y)·ln(1-p), probabilities cut to [1e-7, 1-1e-7].
type binaryCrossentropy struct {
	pointwise
	fromLogits bool
	smoothing  float64
}

func (m *binaryCrossentropy) Schema(b *schema.Block) {
	b.Doc("Crossentropy of targets between 0 and 1, each output element by itself.", "keras.metrics.BinaryCrossentropy")
	b.Bool(&m.fromLogits, "from_logits", "Whether the output is logits, before a sigmoid, instead of probabilities.", schema.Default(false))
	b.Float(&m.smoothing, "label_smoothing", "How far targets are squeezed towards 0.5.", schema.Default(0.0), schema.AtLeast(0), schema.AtMost(1))
	m.bind(b)
}

// cut keeps a probability where Keras keeps it.
func cut(p float64) float64 { return min(max(p, epsilon), float64(float32(1-1e-7))) }

// Update adds the values.
func (m *binaryCrossentropy) Update(acc []float64, y, output Values, weights []float32) {
	m.add(acc, output.Shape[0], len(output.F), weights, func(i int) float64 {
		y, p := float64(y.At(i)*(1-m.smoothing))+float64(0.5*m.smoothing), float64(output.F[i])
		if m.fromLogits {
			return float64(y*f32vec.Softplus64(-p)) + float64((1-y)*f32vec.Softplus64(p))
		}
		p = cut(p)
		return -float64(y*f32vec.Log64(p)) - float64((1-y)*f32vec.Log64(1-p))
	})
}
