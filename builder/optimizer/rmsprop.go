package optimizer

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("rmsprop", func() Optimizer { return new(rmsprop) })

// rmsprop divides the gradient by the root of the mean of its squares (Hinton, 2012).
type rmsprop struct {
	base
	rho, momentum, epsilon float64
	centered               bool
}

func (o *rmsprop) Schema(b *schema.Block) {
	b.Doc("Gradient descent by the gradient divided by its typical size.", "keras.optimizers.RMSprop")
	b.Float(&o.rho, "rho", "Share of the old value in the mean of the squared gradients.", schema.Default(0.9), schema.AtLeast(0), schema.AtMost(1))
	b.Float(&o.momentum, "momentum", "Share of the last step in the next one.", schema.Default(0.0), schema.AtLeast(0), schema.AtMost(1))
	b.Float(&o.epsilon, "epsilon", "Added to the mean of squares under the root.", schema.Default(1e-7), schema.AtLeast(0))
	b.Bool(&o.centered, "centered", "Whether to divide by the standard deviation of the gradient.", schema.Default(false))
	o.common.bind(b, 0.001)
}

// Slots are the mean of squares, the momentum and the mean, as far as they are needed.
func (o *rmsprop) Slots() []Slot {
	s := []Slot{{Name: "velocity"}}
	if o.momentum > 0 {
		s = append(s, Slot{Name: "momentum"})
	}
	if o.centered {
		s = append(s, Slot{Name: "average_gradient"})
	}
	return o.slots(s...)
}

// Hyper is the learning rate.
func (o *rmsprop) Hyper(step int, rate float64) []float64 { return o.hyper(step, rate, rate) }

// Update changes the weight.
func (o *rmsprop) Update(g *op.Graph, p Param) *op.Node {
	return o.update(g, p, op.RMSprop{Rho: o.rho, Momentum: o.momentum, Epsilon: o.epsilon, Centered: o.centered})
}
