package layer

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("minimum", func() Layer { return new(minimum) })

// minimum takes the smallest of its inputs.
type minimum struct{ merge }

func (l *minimum) Schema(b *schema.Block) {
	b.Doc("Smallest of the inputs, element by element.", "keras.layers.Minimum", stretching)
	l.Activity.Bind(b)
}

// Build joins one input after the other.
func (l *minimum) Build(s *Scope, in []*op.Node) *op.Node { return l.chain(s, "min", in) }

// moved implements anyOrder.
func (l *minimum) moved(int) Layer { return l }
