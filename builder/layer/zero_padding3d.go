package layer

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("zero_padding3d", func() Layer { return new(zeroPadding3D) })

// zeroPadding3D puts zeros around a volume.
type zeroPadding3D struct {
	margins
	dataFormat
}

func (l *zeroPadding3D) Schema(b *schema.Block) {
	b.Doc("Puts planes, rows and columns of zeros around a volume.", "keras.layers.ZeroPadding3D")
	l.margins.bind(b, 3, "padding", "How many.")
	l.bindFormat(b)
	l.Activity.Bind(b)
}

// Shape adds to the sizes; an error points at padding.
func (l *zeroPadding3D) Shape(in []shape.Spec) (shape.Spec, error) {
	return l.grow(in[0], 1, "padding")
}

// Build pads.
func (l *zeroPadding3D) Build(s *Scope, in []*op.Node) *op.Node { return l.padded(s, in[0]) }
