package metric

import (
	"math"

	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/internal/kernel/f32vec"
)

var _ = Register("categorical_crossentropy", func() Metric { return new(categoricalCrossentropy) })

// categoricalCrossentropy is the mean of -Σ y·ln p over the classes.
type categoricalCrossentropy struct {
	mean
	fromLogits bool
	smoothing  float64
	axis       int
}

func (m *categoricalCrossentropy) Schema(b *schema.Block) {
	b.Doc("Crossentropy of one-hot targets, or of any distribution over the classes.", "keras.metrics.CategoricalCrossentropy")
	b.Bool(&m.fromLogits, "from_logits", "Whether the output is logits, before a softmax, instead of probabilities.", schema.Default(false))
	b.Float(&m.smoothing, "label_smoothing", "Share of the target that is spread evenly over all classes.", schema.Default(0.0), schema.AtLeast(0), schema.AtMost(1))
	b.Int(&m.axis, "axis", "Axis of the classes; the batch counts as 0.", schema.Default(-1))
	m.bind(b)
}

// Target has a number for each class.
func (m *categoricalCrossentropy) Target(target, output shape.Spec) (shape.Spec, error) {
	if _, err := without(output, m.axis); err != nil {
		return target, err
	}
	return distribution(target, output)
}

// Update adds the values.
func (m *categoricalCrossentropy) Update(acc []float64, y, output Values, weights []float32) {
	r := stripsOf(output, m.axis)
	spread := m.smoothing / float64(output.Shape[len(output.Shape)-1]) // Keras counts the classes along the last axis
	m.add(acc, output.Shape[0], r.count, weights, func(i int) float64 {
		row := r.of(output, i)
		norm := normOf(row, m.fromLogits)
		sum := 0.0
		for k, p := range row {
			t := float64(y.At(r.at(i, k))*(1-m.smoothing)) + spread
			sum -= float64(t * norm.log(p))
		}
		return sum
	})
}

// norm turns the elements of a row into logarithms of probabilities.
type norm struct {
	logits bool
	top    float64 // the largest logit
	sum    float64 // of the probabilities, or the logarithm of that of the exponentials
}

func normOf(row []float32, logits bool) norm {
	n := norm{logits: logits}
	if !logits {
		for _, p := range row {
			n.sum += float64(p)
		}
		n.sum = float64(float32(n.sum))
		return n
	}
	n.top = math.Inf(-1)
	for _, x := range row {
		n.top = max(n.top, float64(x))
	}
	for _, x := range row {
		n.sum += f32vec.Exp64(float64(x) - n.top)
	}
	n.sum = f32vec.Log64(n.sum)
	return n
}

func (n norm) log(x float32) float64 {
	if n.logits {
		return float64(x) - n.top - n.sum
	}
	return f32vec.Log64(cut(float64(float32(float64(x) / n.sum))))
}
