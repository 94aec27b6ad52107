package layer

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("multiply", func() Layer { return new(multiply) })

// multiply multiplies its inputs.
type multiply struct{ merge }

func (l *multiply) Schema(b *schema.Block) {
	b.Doc("Product of the inputs, element by element.", "keras.layers.Multiply", stretching)
	l.Activity.Bind(b)
}

// Build joins one input after the other.
func (l *multiply) Build(s *Scope, in []*op.Node) *op.Node { return l.chain(s, "mul", in) }

// moved implements anyOrder.
func (l *multiply) moved(int) Layer { return l }
