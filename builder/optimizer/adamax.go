package optimizer

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("adamax", func() Optimizer { return new(adamax) })

// adamax is adam with the largest gradient, slowly forgotten, in the place of the root of the mean of
// squares (Kingma and Ba, 2014, section 7.1).
type adamax struct {
	base
	moments
}

func (o *adamax) Schema(b *schema.Block) {
	b.Doc("Adam with the largest gradient in the place of the mean of squares.", "keras.optimizers.Adamax")
	o.moments.bind(b, 0.9, 0.999)
	o.common.bind(b, 0.001)
}

// Slots are the mean of the gradients and the largest of them.
func (o *adamax) Slots() []Slot { return o.slots(Slot{Name: "momentum"}, Slot{Name: "norm"}) }

// Hyper are the learning rate and what a mean that began at 0 lacks.
func (o *adamax) Hyper(step int, rate float64) []float64 {
	return o.hyper(step, rate, rate, float64(1-power(o.beta1, step)))
}

// Update changes the weight.
func (o *adamax) Update(g *op.Graph, p Param) *op.Node {
	return o.update(g, p, op.Adamax{Beta1: o.beta1, Beta2: o.beta2, Epsilon: o.epsilon})
}
