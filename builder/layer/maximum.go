package layer

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("maximum", func() Layer { return new(maximum) })

// maximum takes the largest of its inputs.
type maximum struct{ merge }

func (l *maximum) Schema(b *schema.Block) {
	b.Doc("Largest of the inputs, element by element.", "keras.layers.Maximum", stretching)
	l.Activity.Bind(b)
}

// Build joins one input after the other.
func (l *maximum) Build(s *Scope, in []*op.Node) *op.Node { return l.chain(s, "max", in) }

// moved implements anyOrder.
func (l *maximum) moved(int) Layer { return l }
