package layer

import "github.com/dlrun/dlrun/builder/shape"

// elementwise is embedded by layers of one input whose output has its shape, and which have no
// weights. It hands masks on.
type elementwise struct {
	Activity
	Masking
}

// Shape is that of the input, which must hold floats.
func (elementwise) Shape(in []shape.Spec) (shape.Spec, error) { return in[0], wantFloats(in[0]) }

// Weights is empty.
func (elementwise) Weights([]shape.Spec) []Weight { return nil }
