package layer

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/regularizer"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("activity_regularization", func() Layer { return new(activityRegularization) })

// activityRegularization adds a penalty on its input to the loss.
type activityRegularization struct {
	penalty regularizer.L1L2
	Masking
}

func (l *activityRegularization) Schema(b *schema.Block) {
	b.Doc("Passes its input on and adds a penalty on it to the loss.", "keras.layers.ActivityRegularization")
	b.Float(&l.penalty.L1, "l1", "Factor of the absolute values.", schema.Default(0.0), schema.AtLeast(0))
	b.Float(&l.penalty.L2, "l2", "Factor of the squares.", schema.Default(0.0), schema.AtLeast(0))
}

// ActivityRegularizer is the penalty, or nil where both factors are 0.
func (l *activityRegularization) ActivityRegularizer() regularizer.Regularizer {
	if l.penalty == (regularizer.L1L2{}) {
		return nil
	}
	return &l.penalty
}

// Shape is that of the input, which must hold floats.
func (*activityRegularization) Shape(in []shape.Spec) (shape.Spec, error) {
	return in[0], wantFloats(in[0])
}

// Weights is empty.
func (*activityRegularization) Weights([]shape.Spec) []Weight { return nil }

// Build returns the input.
func (*activityRegularization) Build(_ *Scope, in []*op.Node) *op.Node { return in[0] }
