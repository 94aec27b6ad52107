package metric

import (
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

// along is embedded by metrics that are the mean of a function of the vectors that lie along an axis
// of target and output. Along the batch, axis 0, there is one vector for each of the other indices, and
// no weight can be told for it: weights do not count then.
type along struct {
	mean
	axis int
}

func (m *along) bind(b *schema.Block) {
	b.Int(&m.axis, "axis", "Axis along which the vectors lie; the batch counts as 0.", schema.Default(-1))
	m.named.bind(b)
}

// Target has the output's shape, or differs from it by a last axis of size 1.
func (m *along) Target(target, output shape.Spec) (shape.Spec, error) {
	if output.Known && m.axis != 0 {
		rank := max(1, len(output.Shape)) // of nothing but the batch Keras makes [batch, 1]
		if _, err := shape.Axis(m.axis, rank); err != nil {
			return target, schema.At("axis", err)
		}
	}
	return elementwise(target, output)
}

// pairs gives each vector of target and output to value; the slices are used again.
func (m *along) pairs(acc []float64, y, output Values, weights []float32, value func(y, p []float64) float64) {
	s := output.Shape
	if len(s) == 1 {
		s = []int{s[0], 1}
	}
	axis := m.axis
	if axis < 0 {
		axis += len(s)
	}
	n, inner, count := s[axis], 1, 1
	for i, d := range s {
		if i != axis {
			count *= d
		}
		if i > axis {
			inner *= d
		}
	}
	batch := s[0]
	if axis == 0 {
		batch, weights = count, nil
	}
	a, b := make([]float64, n), make([]float64, n)
	m.add(acc, batch, count, weights, func(i int) float64 {
		start := i/inner*n*inner + i%inner
		for k := range n {
			a[k], b[k] = y.At(start+k*inner), float64(output.F[start+k*inner])
		}
		return value(a, b)
	})
}

// meanOf is the mean of a vector.
func meanOf(v []float64) float64 {
	s := 0.0
	for _, x := range v {
		s += x
	}
	return s / float64(len(v))
}

// varianceOf is the mean square of what a vector differs from its mean.
func varianceOf(v []float64) float64 {
	m, s := meanOf(v), 0.0
	for _, x := range v {
		s += float64((x - m) * (x - m))
	}
	return s / float64(len(v))
}
