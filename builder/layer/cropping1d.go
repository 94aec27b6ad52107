package layer

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("cropping1d", func() Layer { return new(cropping1D) })

// cropping1D cuts cells off a sequence.
type cropping1D struct{ margins }

func (l *cropping1D) Schema(b *schema.Block) {
	b.Doc("Cuts steps off the ends of a sequence.", "keras.layers.Cropping1D")
	l.margins.bind(b, 1, "cropping", "How many.")
	l.Activity.Bind(b)
}

// Shape takes from the sizes; an error points at cropping.
func (l *cropping1D) Shape(in []shape.Spec) (shape.Spec, error) { return l.grow(in[0], -1, "cropping") }

// Build takes the part that is left.
func (l *cropping1D) Build(s *Scope, in []*op.Node) *op.Node { return l.cropped(s, in[0]) }
