package layer

import (
	"fmt"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("cropping2d", func() Layer { return new(cropping2D) })

// cropping2D cuts rows and columns off an image.
type cropping2D struct {
	cropping sides
	dataFormat
	Activity
}

func (l *cropping2D) Schema(b *schema.Block) {
	b.Doc("Cuts rows and columns off the sides of an image.", "keras.layers.Cropping2D")
	l.cropping.bind(b, "cropping", "How many.", 0)
	l.bindFormat(b)
	l.Activity.Bind(b)
}

// Shape takes from height and width; an error points at cropping.
func (l *cropping2D) Shape(in []shape.Spec) (shape.Spec, error) {
	if err := wantRank(in[0], "height", "width", "channels"); err != nil {
		return shape.Spec{}, err
	}
	out := in[0]
	out.Shape = in[0].Shape.Clone()
	for i, c := range l.cropping {
		if out.Shape[i] == shape.Unknown {
			continue
		}
		if out.Shape[i] -= c[0] + c[1]; out.Shape[i] < 1 {
			return shape.Spec{}, schema.At("cropping", fmt.Errorf("cutting off %d and %d leaves nothing of the %s of %d in %s",
				c[0], c[1], []string{"height", "width"}[i], in[0].Shape[i], in[0]))
		}
	}
	return out, nil
}

// Weights is empty.
func (*cropping2D) Weights([]shape.Spec) []Weight { return nil }

// Build takes the part that is left.
func (l *cropping2D) Build(s *Scope, in []*op.Node) *op.Node {
	x, c := in[0].Shape(), l.cropping
	return s.Apply(op.Slice{Begin: []int{0, c[0][0], c[1][0], 0}, End: []int{x[0], x[1] - c[0][1], x[2] - c[1][1], x[3]}}, in[0])
}
