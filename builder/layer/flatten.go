package layer

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("flatten", func() Layer { return new(flatten) })

// flatten makes one axis of all.
type flatten struct {
	dataFormat
	Activity
}

func (l *flatten) Schema(b *schema.Block) {
	b.Doc("Makes one axis of all but the batch.", "keras.layers.Flatten")
	l.bindFormat(b)
	l.Activity.Bind(b)
}

// Shape is the number of elements.
func (*flatten) Shape(in []shape.Spec) (shape.Spec, error) {
	out := in[0]
	out.Shape = shape.Shape{in[0].Shape.Size()}
	return out, nil
}

// Weights is empty.
func (*flatten) Weights([]shape.Spec) []Weight { return nil }

// Build moves no data.
func (*flatten) Build(s *Scope, in []*op.Node) *op.Node {
	n := 1
	for _, d := range in[0].Shape()[1:] {
		n *= d
	}
	return s.Apply(op.Reshape{To: []int{in[0].Shape()[0], n}}, in[0])
}
