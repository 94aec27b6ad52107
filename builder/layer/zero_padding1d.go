package layer

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("zero_padding1d", func() Layer { return new(zeroPadding1D) })

// zeroPadding1D puts zeros around a sequence.
type zeroPadding1D struct {
	margins
	dataFormat
}

func (l *zeroPadding1D) Schema(b *schema.Block) {
	b.Doc("Puts steps of zeros before and after a sequence.", "keras.layers.ZeroPadding1D")
	l.margins.bind(b, 1, "padding", "How many.")
	l.bindFormat(b)
	l.Activity.Bind(b)
}

// Shape adds to the sizes; an error points at padding.
func (l *zeroPadding1D) Shape(in []shape.Spec) (shape.Spec, error) {
	return l.grow(in[0], 1, "padding")
}

// Build pads.
func (l *zeroPadding1D) Build(s *Scope, in []*op.Node) *op.Node { return l.padded(s, in[0]) }
