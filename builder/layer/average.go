package layer

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("average", func() Layer { return new(average) })

// average is the mean of its inputs.
type average struct{ merge }

func (l *average) Schema(b *schema.Block) {
	b.Doc("Mean of the inputs, element by element.", "keras.layers.Average", stretching)
	l.Activity.Bind(b)
}

// Build divides the sum by the number of inputs.
func (l *average) Build(s *Scope, in []*op.Node) *op.Node {
	sum := l.chain(s, "add", in)
	if len(in) == 1 {
		return sum
	}
	return s.Apply(op.Scale(1/float64(len(in))), sum)
}

// moved implements anyOrder.
func (l *average) moved(int) Layer { return l }
