package optimizer

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("lamb", func() Optimizer { return new(lamb) })

// lamb is adam with steps as long as the weight, for large batches (You et al., 2019,
// arXiv:1904.00962).
type lamb struct {
	base
	moments
}

func (o *lamb) Schema(b *schema.Block) {
	b.Doc("Adam whose step for each weight is scaled to the length of the weight, for large batches.", "keras.optimizers.Lamb")
	o.moments.bind(b, 0.9, 0.999)
	o.common.bind(b, 0.001)
}

// Slots are the two means.
func (o *lamb) Slots() []Slot { return o.slots(Slot{Name: "momentum"}, Slot{Name: "velocity"}) }

// Hyper is the learning rate and the corrections for means that began at 0.
func (o *lamb) Hyper(step int, rate float64) []float64 {
	return o.hyper(step, rate, rate, float64(1-power(o.beta1, step)), float64(1-power(o.beta2, step)))
}

// Update changes the weight.
func (o *lamb) Update(g *op.Graph, p Param) *op.Node {
	return o.update(g, p, op.Lamb{Beta1: o.beta1, Beta2: o.beta2, Epsilon: o.epsilon})
}
