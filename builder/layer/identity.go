package layer

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("identity", func() Layer { return new(identity) })

// identity passes its input on.
type identity struct {
	Activity
	Masking
}

func (l *identity) Schema(b *schema.Block) {
	b.Doc("Passes its input on.", "keras.layers.Identity")
	l.Activity.Bind(b)
}

// Shape is that of the input.
func (*identity) Shape(in []shape.Spec) (shape.Spec, error) { return in[0], nil }

// Weights is empty.
func (*identity) Weights([]shape.Spec) []Weight { return nil }

// Build returns the input.
func (*identity) Build(_ *Scope, in []*op.Node) *op.Node { return in[0] }

// moved implements anyOrder.
func (l *identity) moved(int) Layer { return l }
