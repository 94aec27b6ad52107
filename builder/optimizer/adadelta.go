package optimizer

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("adadelta", func() Optimizer { return new(adadelta) })

// adadelta scales steps by their own past size over that of the gradients (Zeiler, 2012).
type adadelta struct {
	base
	rho, epsilon float64
}

func (o *adadelta) Schema(b *schema.Block) {
	b.Doc("Steps in proportion to earlier steps and to how the gradient compares with earlier ones.", "keras.optimizers.Adadelta")
	b.Float(&o.rho, "rho", "Share of the old value in both means of squares.", schema.Default(0.95), schema.AtLeast(0), schema.AtMost(1))
	b.Float(&o.epsilon, "epsilon", "Added to both means under the root.", schema.Default(1e-7), schema.AtLeast(0))
	o.common.bind(b, 0.001)
}

// Slots are the means of squared gradients and of squared steps.
func (o *adadelta) Slots() []Slot {
	return o.slots(Slot{Name: "accumulated_grad"}, Slot{Name: "accumulated_delta_var"})
}

// Hyper is the learning rate.
func (o *adadelta) Hyper(step int, rate float64) []float64 { return o.hyper(step, rate, rate) }

// Update changes the weight.
func (o *adadelta) Update(g *op.Graph, p Param) *op.Node {
	return o.update(g, p, op.Adadelta{Rho: o.rho, Epsilon: o.epsilon})
}
