package optimizer

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("lion", func() Optimizer { return new(lion) })

// lion takes steps of one size, by the sign of a mean of the gradients (Chen et al., 2023).
type lion struct {
	base
	beta1, beta2 float64
}

func (o *lion) Schema(b *schema.Block) {
	b.Doc("Steps of the learning rate's size, by the sign of the mean of the gradients.", "keras.optimizers.Lion")
	b.Float(&o.beta1, "beta_1", "Share of the mean in the direction of a step; the rest is the gradient's.", schema.Default(0.9), schema.Above(0), schema.AtMost(1))
	b.Float(&o.beta2, "beta_2", "Share of the old value in the mean of the gradients.", schema.Default(0.99), schema.AtLeast(0), schema.AtMost(1))
	o.common.bind(b, 0.001)
}

// Slots is the mean of the gradients.
func (o *lion) Slots() []Slot { return o.slots(Slot{Name: "momentum"}) }

// Hyper is the learning rate.
func (o *lion) Hyper(step int, rate float64) []float64 { return o.hyper(step, rate, rate) }

// Update changes the weight.
func (o *lion) Update(g *op.Graph, p Param) *op.Node {
	return o.update(g, p, op.Lion{Beta1: o.beta1, Beta2: o.beta2})
}
