package layer

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("subtract", func() Layer { return new(subtract) })

// subtract is the first input less the second.
type subtract struct{ merge }

func (l *subtract) Schema(b *schema.Block) {
	b.Doc("The first input less the second, element by element.", "keras.layers.Subtract", stretching)
	l.Activity.Bind(b)
}

// InputCount is two.
func (*subtract) InputCount() (least, most int) { return 2, 2 }

// Build subtracts.
func (l *subtract) Build(s *Scope, in []*op.Node) *op.Node { return l.chain(s, "sub", in) }

// moved implements anyOrder.
func (l *subtract) moved(int) Layer { return l }
