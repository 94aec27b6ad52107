package optimizer

import (
	"math"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("adam", func() Optimizer { return new(adam) })

// adam follows the mean of the gradients, divided by the root of the mean of their squares (Kingma
// and Ba, 2014), with epsilon outside the root and beside the uncorrected mean.
type adam struct {
	base
	moments
	amsgrad bool
}

func (o *adam) Schema(b *schema.Block) {
	b.Doc("Steps of a size of their own for each weight, from the mean and the spread of its gradients.", "keras.optimizers.Adam")
	o.bind(b)
	o.common.bind(b, 0.001)
}

func (o *adam) bind(b *schema.Block) {
	o.moments.bind(b, 0.9, 0.999)
	b.Bool(&o.amsgrad, "amsgrad", "Whether to divide by the largest mean of squares so far (Reddi et al., 2018).", schema.Default(false))
}

// Slots are the two means, and the largest of the second.
func (o *adam) Slots() []Slot {
	s := []Slot{{Name: "momentum"}, {Name: "velocity"}}
	if o.amsgrad {
		s = append(s, Slot{Name: "velocity_hat"})
	}
	return o.slots(s...)
}

// Hyper is the learning rate with both corrections for means that began at 0.
func (o *adam) Hyper(step int, rate float64) []float64 {
	root := float32(math.Sqrt(float64(1 - power(o.beta2, step))))
	alpha := float32(float32(rate)*root) / (1 - power(o.beta1, step))
	return o.hyper(step, rate, float64(alpha))
}

// Update changes the weight.
func (o *adam) Update(g *op.Graph, p Param) *op.Node {
	u := op.Adam{Beta1: o.beta1, Beta2: o.beta2, Epsilon: o.epsilon, AMSGrad: o.amsgrad}
	if indices, dy, ok := op.LookedUp(p.Grad); ok {
		return o.updateFrom(g, p, op.AdamRows{Adam: u}, indices, dy)
	}
	return o.update(g, p, u)
}
