package optimizer

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("ftrl", func() Optimizer { return new(ftrl) })

// ftrl is "follow the regularized leader" (McMahan et al., 2013): a weight is what its whole history
// of gradients and penalties calls for, so its first value has little say.
type ftrl struct {
	base
	power, initial    float64
	l1, l2, shrinkage float64
	beta              float64
}

func (o *ftrl) Schema(b *schema.Block) {
	b.Doc("Follow the regularized leader: made for sparse features and weights of exactly 0.", "keras.optimizers.Ftrl")
	b.Float(&o.power, "learning_rate_power", "How the learning rate of a weight falls with its squared gradients: 0 not at all, -0.5 with their root.", schema.Default(-0.5), schema.AtMost(0))
	b.Float(&o.initial, "initial_accumulator_value", "First value of the sum of squared gradients.", schema.Default(0.1), schema.AtLeast(0))
	b.Float(&o.l1, "l1_regularization_strength", "Penalty on the size of weights, which makes small ones 0.", schema.Default(0.0), schema.AtLeast(0))
	b.Float(&o.l2, "l2_regularization_strength", "Penalty on the squares of weights.", schema.Default(0.0), schema.AtLeast(0))
	b.Float(&o.shrinkage, "l2_shrinkage_regularization_strength", "Penalty on the squares of weights, as part of the gradient.", schema.Default(0.0), schema.AtLeast(0))
	b.Float(&o.beta, "beta", "Added, over twice the learning rate, to l2_regularization_strength.", schema.Default(0.0), schema.AtLeast(0))
	o.common.bind(b, 0.001)
}

// Slots are the sum of squared gradients and the linear term.
func (o *ftrl) Slots() []Slot {
	return o.slots(Slot{Name: "accumulator", Init: o.initial}, Slot{Name: "linear"})
}

// Hyper are the learning rate and the penalty on squares that goes with it.
func (o *ftrl) Hyper(step int, rate float64) []float64 {
	l2 := o.l2
	if o.beta != 0 {
		l2 += o.beta / (2 * rate)
	}
	return o.hyper(step, rate, rate, l2)
}

// Update changes the weight.
func (o *ftrl) Update(g *op.Graph, p Param) *op.Node {
	return o.update(g, p, op.Ftrl{LearningRatePower: o.power, L1: o.l1, Shrinkage: o.shrinkage})
}
