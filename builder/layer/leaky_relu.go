package layer

import (
	"github.com/dlrun/dlrun/builder/activation"
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("leaky_relu", func() Layer { return new(leakyRelu) })

// leakyRelu keeps a slope below 0.
type leakyRelu struct {
	negativeSlope float64
	elementwise
}

func (l *leakyRelu) Schema(b *schema.Block) {
	b.Doc("Rectified linear unit with a slope below 0.", "keras.layers.LeakyReLU")
	b.Float(&l.negativeSlope, "negative_slope", "Slope below 0.", schema.Default(0.3), schema.AtLeast(0))
	l.Activity.Bind(b)
}

// Build applies the function.
func (l *leakyRelu) Build(s *Scope, in []*op.Node) *op.Node {
	return activation.Relu(s.Graph, in[0], l.negativeSlope, nil, 0)
}

// moved implements anyOrder.
func (l *leakyRelu) moved(int) Layer { return l }
