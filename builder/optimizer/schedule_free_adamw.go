package optimizer

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("schedule_free_adamw", func() Optimizer { return new(scheduleFreeAdamW) })

// scheduleFreeAdamW averages weights in the place of lowering the learning rate (Defazio et al., 2024,
// arXiv:2405.15682). As in Keras the weights stay where gradients are taken, also when training ends.
type scheduleFreeAdamW struct {
	base
	beta1, beta2, epsilon float64
	warmup                int
}

func (o *scheduleFreeAdamW) Schema(b *schema.Block) {
	b.Doc("AdamW that averages the weights, so that the learning rate needs no schedule.", "keras.optimizers.ScheduleFreeAdamW")
	b.Float(&o.beta1, "beta_1", "How near to the average the gradients are taken: 1 is there.", schema.Default(0.9), schema.Above(0), schema.AtMost(1))
	b.Float(&o.beta2, "beta_2", "Share of the old value in the mean of the gradients' squares.", schema.Default(0.999), schema.AtLeast(0), schema.Below(1))
	b.Float(&o.epsilon, "epsilon", "Added to what is divided by.", schema.Default(1e-8), schema.AtLeast(0))
	b.Int(&o.warmup, "warmup_steps", "Steps over which the learning rate grows to its value.", schema.Default(0), schema.AtLeast(0))
	o.common.bind(b, 0.0025)
}

// Slots are what steps are taken from, and the mean of squares.
func (o *scheduleFreeAdamW) Slots() []Slot {
	return o.slots(Slot{Name: "momentum"}, Slot{Name: "velocity"})
}

// Hyper is the learning rate, the correction for a mean that began at 0, and the weight of this step in
// the average.
func (o *scheduleFreeAdamW) Hyper(step int, rate float64) []float64 {
	lr, first := float32(rate), 0.0
	if o.warmup > 0 {
		lr *= min(float32(step)/float32(o.warmup), 1)
	}
	if step == 1 {
		first = 1
	}
	return o.hyper(step, rate, float64(lr), float64(1-power(o.beta2, step)), float64(1/float32(step)), first)
}

// Update changes the weight.
func (o *scheduleFreeAdamW) Update(g *op.Graph, p Param) *op.Node {
	return o.update(g, p, op.ScheduleFreeAdamW{Beta1: o.beta1, Beta2: o.beta2, Epsilon: o.epsilon})
}
