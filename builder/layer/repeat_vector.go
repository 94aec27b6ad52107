package layer

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("repeat_vector", func() Layer { return new(repeatVector) })

// repeatVector makes a sequence of one vector.
type repeatVector struct {
	n int
	Activity
}

func (l *repeatVector) Schema(b *schema.Block) {
	b.Doc("Repeats a vector, which makes a sequence of it.", "keras.layers.RepeatVector")
	b.Int(&l.n, "n", "How often.", schema.AtLeast(1), schema.MayBeUnknown())
	l.Activity.Bind(b)
}

// Shape puts an axis of n in front.
func (l *repeatVector) Shape(in []shape.Spec) (shape.Spec, error) {
	if err := wantRank(in[0], "size"); err != nil {
		return shape.Spec{}, err
	}
	out := in[0]
	out.Shape = shape.Shape{l.n, in[0].Shape[0]}
	return out, nil
}

// Weights is empty.
func (*repeatVector) Weights([]shape.Spec) []Weight { return nil }

// Build stretches a new axis.
func (l *repeatVector) Build(s *Scope, in []*op.Node) *op.Node {
	x := in[0].Shape()
	return s.Apply(op.BroadcastTo{To: []int{x[0], l.n, x[1]}}, s.Apply(op.Reshape{To: []int{x[0], 1, x[1]}}, in[0]))
}
