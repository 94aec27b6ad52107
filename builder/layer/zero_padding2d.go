package layer

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("zero_padding2d", func() Layer { return new(zeroPadding2D) })

// zeroPadding2D puts zeros around an image.
type zeroPadding2D struct {
	padding sides
	dataFormat
	Activity
}

func (l *zeroPadding2D) Schema(b *schema.Block) {
	b.Doc("Puts rows and columns of zeros around an image.", "keras.layers.ZeroPadding2D")
	l.padding.bind(b, "padding", "How many.", 1)
	l.bindFormat(b)
	l.Activity.Bind(b)
}

// Shape adds to height and width.
func (l *zeroPadding2D) Shape(in []shape.Spec) (shape.Spec, error) {
	if err := wantRank(in[0], "height", "width", "channels"); err != nil {
		return shape.Spec{}, err
	}
	out := in[0]
	out.Shape = in[0].Shape.Clone()
	for i, p := range l.padding {
		if out.Shape[i] != shape.Unknown {
			out.Shape[i] += p[0] + p[1]
		}
	}
	return out, nil
}

// Weights is empty.
func (*zeroPadding2D) Weights([]shape.Spec) []Weight { return nil }

// Build pads.
func (l *zeroPadding2D) Build(s *Scope, in []*op.Node) *op.Node {
	p := l.padding
	return s.Apply(op.Pad{Before: []int{0, p[0][0], p[1][0], 0}, After: []int{0, p[0][1], p[1][1], 0}}, in[0])
}
