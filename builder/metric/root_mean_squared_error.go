package metric

import (
	"math"

	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("root_mean_squared_error", func() Metric { return new(rootMeanSquaredError) })

// rootMeanSquaredError is the root of the mean of (y-p)² over all that was added.
type rootMeanSquaredError struct{ meanSquaredError }

func (m *rootMeanSquaredError) Schema(b *schema.Block) {
	b.Doc("Root of the mean of the squared differences.", "keras.metrics.RootMeanSquaredError")
	m.bind(b)
}

// Result is the root of the mean.
func (m *rootMeanSquaredError) Result(acc []float64) float64 {
	return math.Sqrt(m.meanSquaredError.Result(acc))
}
