package optimizer

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("adagrad", func() Optimizer { return new(adagrad) })

// adagrad divides the gradient by the root of the sum of all its squares (Duchi et al., 2011).
type adagrad struct {
	base
	initial, epsilon float64
}

func (o *adagrad) Schema(b *schema.Block) {
	b.Doc("Gradient descent with steps that shrink where gradients were large.", "keras.optimizers.Adagrad")
	b.Float(&o.initial, "initial_accumulator_value", "First value of the sum of squared gradients.", schema.Default(0.1), schema.AtLeast(0))
	b.Float(&o.epsilon, "epsilon", "Added to the sum of squares under the root.", schema.Default(1e-7), schema.AtLeast(0))
	o.common.bind(b, 0.001)
}

// Slots is the sum of squared gradients.
func (o *adagrad) Slots() []Slot { return o.slots(Slot{Name: "accumulator", Init: o.initial}) }

// Hyper is the learning rate.
func (o *adagrad) Hyper(step int, rate float64) []float64 { return o.hyper(step, rate, rate) }

// Update changes the weight.
func (o *adagrad) Update(g *op.Graph, p Param) *op.Node {
	return o.update(g, p, op.Adagrad{Epsilon: o.epsilon})
}
