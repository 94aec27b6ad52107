package metric

import "github.com/dlrun/dlrun/builder/shape"

// pointwise is embedded by metrics that are the mean of a function of target and output.
type pointwise struct{ mean }

// Target has the output's shape, or differs from it by a last axis of size 1.
func (pointwise) Target(target, output shape.Spec) (shape.Spec, error) {
	return elementwise(target, output)
}

// epsilon is keras.config.epsilon(), in float32 as tensors have it.
const epsilon = float64(float32(1e-7))
