package optimizer

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("nadam", func() Optimizer { return new(nadam) })

// nadam is adam with Nesterov's momentum (Dozat, 2015).
type nadam struct {
	base
	moments

	// The product of the momentums of all steps so far, which follows from the step alone.
	product float32
	done    int
}

func (o *nadam) Schema(b *schema.Block) {
	b.Doc("Adam that looks ahead by its momentum.", "keras.optimizers.Nadam")
	o.moments.bind(b, 0.9, 0.999)
	o.common.bind(b, 0.001)
}

// Slots are the two means.
func (o *nadam) Slots() []Slot { return o.slots(Slot{Name: "momentum"}, Slot{Name: "velocity"}) }

// Hyper are the factors of the mean, of the gradient and of the mean of squares.
func (o *nadam) Hyper(step int, rate float64) []float64 {
	mu := func(t int) float32 { return float32(o.beta1) * (1 - float32(0.5*power(0.96, t))) }
	if step < o.done || o.done == 0 {
		o.product, o.done = 1, 0
	}
	for ; o.done < step; o.done++ {
		o.product = float32(o.product*float32(o.beta1)) * (1 - float32(0.5*power(0.96, o.done+1)))
	}
	now, next := mu(step), mu(step+1)
	a := float32(rate) * next / (1 - float32(o.product*next))
	b := float32(rate) * (1 - now) / (1 - o.product)
	return o.hyper(step, rate, float64(a), float64(b), float64(1/(1-power(o.beta2, step))))
}

// Update changes the weight.
func (o *nadam) Update(g *op.Graph, p Param) *op.Node {
	return o.update(g, p, op.Nadam{Beta1: o.beta1, Beta2: o.beta2, Epsilon: o.epsilon})
}
