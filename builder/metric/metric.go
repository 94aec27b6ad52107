// Package metric holds Keras' metrics, one file each.
//
// A metric is computed from outputs and targets in plain Go, outside the graph. It keeps its whole
// state in a few float64 accumulators that the training loop owns, saves in checkpoints and clears
// at each epoch, so that it is exact over batches and splits of any size.
package metric

import (
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

// Metric measures how well outputs fit targets.
type Metric interface {
	schema.Described
	// Target is as loss.Loss.Target: the spec of the target that is fed for an output. It also lets
	// a metric resolve itself by shape, as "accuracy" does.
	Target(target, output shape.Spec) (shape.Spec, error)
	// Slots is the number of accumulators, all zero at first.
	Slots() int
	// Update adds one batch. weights is nil or has one weight for each example, or for each step of
	// each example, 0 where it is masked.
	Update(acc []float64, y, output Values, weights []float32)
	// Result is the metric of all that was added.
	Result(acc []float64) float64
}

// Rising is a Metric that is better when larger; others are better when smaller. Callbacks with mode =
// "auto" go by it.
type Rising interface{ Rises() }

// Thresholding is a Metric that takes outputs for probabilities and cuts them at thresholds between 0 and
// 1, at least where target and output have these shapes.
type Thresholding interface {
	Thresholds(target, output shape.Spec) bool
}

// Named is a Metric with the argument name: what it is called in the logs, or "" for its own name.
type Named interface{ LogName() string }

// Numbered is a Metric of which Keras numbers the second that is written as a block, also where that is among the weighted ones: auc_1.
// Others are then called weighted_NAME.
type Numbered interface{ Numbered() }

// Values is a tensor as a metric sees it: row-major, the batch axis first. One of F and I is set.
type Values struct {
	Shape []int
	F     []float32
	I     []int32
}

// At is element i as a number.
func (v Values) At(i int) float64 {
	if v.I != nil {
		return float64(v.I[i])
	}
	return float64(v.F[i])
}

// Registry knows the metrics by name.
var Registry = schema.NewRegistry[Metric]("metric")

// Register adds a metric; its file calls it.
func Register(name string, make func() Metric, aliases ...string) bool {
	return Registry.Register(name, make, aliases...)
}
