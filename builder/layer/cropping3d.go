package layer

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("cropping3d", func() Layer { return new(cropping3D) })

// cropping3D cuts cells off a volume.
type cropping3D struct {
	margins
	dataFormat
}

func (l *cropping3D) Schema(b *schema.Block) {
	b.Doc("Cuts planes, rows and columns off the ends of a volume.", "keras.layers.Cropping3D")
	l.margins.bind(b, 3, "cropping", "How many.")
	l.bindFormat(b)
	l.Activity.Bind(b)
}

// Shape takes from the sizes; an error points at cropping.
func (l *cropping3D) Shape(in []shape.Spec) (shape.Spec, error) { return l.grow(in[0], -1, "cropping") }

// Build takes the part that is left.
func (l *cropping3D) Build(s *Scope, in []*op.Node) *op.Node { return l.cropped(s, in[0]) }
