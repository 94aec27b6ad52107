package optimizer

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("sgd", func() Optimizer { return new(sgd) })

// sgd is gradient descent: w -= lr·g, or with momentum m = µ·m - lr·g, w += m.
type sgd struct {
	base
	momentum float64
	nesterov bool
}

func (o *sgd) Schema(b *schema.Block) {
	b.Doc("Gradient descent, with momentum if asked.", "keras.optimizers.SGD")
	b.Float(&o.momentum, "momentum", "Share of the last step in the next one.", schema.Default(0.0), schema.AtLeast(0), schema.AtMost(1))
	b.Bool(&o.nesterov, "nesterov", "Whether to look ahead by the momentum (Nesterov, 1983).", schema.Default(false))
	o.common.bind(b, 0.01)
}

// Slots is the momentum, where there is one.
func (o *sgd) Slots() []Slot {
	if o.momentum == 0 {
		return o.slots()
	}
	return o.slots(Slot{Name: "momentum"})
}

// Hyper is the learning rate.
func (o *sgd) Hyper(step int, rate float64) []float64 { return o.hyper(step, rate, rate) }

// Update changes the weight.
func (o *sgd) Update(g *op.Graph, p Param) *op.Node {
	return o.update(g, p, op.SGD{Momentum: o.momentum, Nesterov: o.nesterov})
}
