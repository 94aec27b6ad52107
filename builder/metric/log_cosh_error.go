package metric

import (
	"math"

	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/internal/kernel/f32vec"
)

var _ = Register("log_cosh_error", func() Metric { return new(logCoshError) })

// logCoshError is the mean of ln cosh(p-y).
type logCoshError struct{ pointwise }

func (m *logCoshError) Schema(b *schema.Block) {
	b.Doc("Mean of the logarithms of the hyperbolic cosines of the differences.", "keras.metrics.LogCoshError")
	m.bindAs(b, "logcosh")
}

// LogName is the argument name, or what Keras calls this metric in its logs, which is not the name of its class.
func (m *logCoshError) LogName() string {
	if n := m.pointwise.LogName(); n != "" {
		return n
	}
	return "logcosh"
}

// Update adds the values.
func (m *logCoshError) Update(acc []float64, y, output Values, weights []float32) {
	m.add(acc, output.Shape[0], len(output.F), weights, func(i int) float64 {
		y, p := y.At(i), float64(output.F[i])
		return (p - y) + f32vec.Softplus64(-2*(p-y)) - math.Ln2
	})
}
