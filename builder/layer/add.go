package layer

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("add", func() Layer { return new(add) })

// add sums its inputs.
type add struct{ merge }

func (l *add) Schema(b *schema.Block) {
	b.Doc("Sum of the inputs, element by element.", "keras.layers.Add", stretching)
	l.Activity.Bind(b)
}

// Build joins one input after the other.
func (l *add) Build(s *Scope, in []*op.Node) *op.Node { return l.chain(s, "add", in) }

// moved implements anyOrder.
func (l *add) moved(int) Layer { return l }
