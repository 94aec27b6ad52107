package layer

import (
	"github.com/dlrun/dlrun/builder/activation"
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("relu", func() Layer { return new(relu) })

// relu is the rectified linear unit as a layer.
type relu struct {
	maxValue      *float64
	negativeSlope float64
	threshold     float64
	elementwise
}

func (l *relu) Schema(b *schema.Block) {
	b.Doc("Rectified linear unit: max(x, 0).", "keras.layers.ReLU")
	b.OptFloat(&l.maxValue, "max_value", "Largest value; none when left out.", schema.AtLeast(0))
	b.Float(&l.negativeSlope, "negative_slope", "Slope of values below the threshold.", schema.Default(0.0), schema.AtLeast(0))
	b.Float(&l.threshold, "threshold", "Up to where values count as below.", schema.Default(0.0), schema.AtLeast(0))
	l.Activity.Bind(b)
}

// Build applies the function.
func (l *relu) Build(s *Scope, in []*op.Node) *op.Node {
	return activation.Relu(s.Graph, in[0], l.negativeSlope, l.maxValue, l.threshold)
}

// moved implements anyOrder.
func (l *relu) moved(int) Layer { return l }
