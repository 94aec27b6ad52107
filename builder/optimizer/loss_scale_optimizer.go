package optimizer

import (
	"math"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("loss_scale_optimizer", func() Optimizer { return new(lossScale) })

// Scaler is an optimizer before whose gradients the loss is scaled.
type Scaler interface{ Scaling() *Scaling }

// Scaling multiplies the loss before gradients are taken, which are then divided by the same, by a number that
// halves where a gradient is not finite and doubles after so many steps without that.
type Scaling struct {
	Initial float64
	Growth  int // steps
}

// Scale is the number that the loss is multiplied by, as training goes on.
type Scale struct {
	Value float32 `json:"value"`
	Good  int     `json:"good"`    // steps since it changed
	Lost  int64   `json:"skipped"` // steps that changed no weight
}

// After is the scale after a step whose gradients were finite or not.
func (s Scaling) After(now Scale, finite bool) Scale {
	switch {
	case !finite:
		return Scale{now.Value * 0.5, 0, now.Lost + 1}
	case now.Good == s.Growth-1: // Keras' would become infinite, and stay so
		return Scale{min(now.Value, math.MaxFloat32/2) * 2, 0, now.Lost}
	}
	now.Good++
	return now
}

// lossScale is another optimizer, given gradients that were taken of a scaled loss, after
// keras/src/optimizers/loss_scale_optimizer.py.
type lossScale struct {
	inner   Optimizer
	initial float64
	growth  int
}

func (o *lossScale) Schema(b *schema.Block) {
	b.Doc("Scales the loss so that small gradients do not vanish, by as much as lets large ones be finite, and lets another optimizer take the steps.", "keras.optimizers.LossScaleOptimizer",
		"A step in which a gradient is not finite changes neither weights nor the other optimizer, nor does it count for its learning rate: the scale is halved.",
		"In float32 it guards against such steps, and is of no use besides.")
	schema.Choose(b, &o.inner, "inner_optimizer", "The optimizer that takes the steps.", Registry)
	b.Float(&o.initial, "initial_scale", "What the loss is multiplied by at first.", schema.Default(32768.0), schema.Above(0), schema.AtMost(math.MaxFloat32))
	b.Int(&o.growth, "dynamic_growth_steps", "After so many steps with finite gradients the scale is doubled.", schema.Default(2000), schema.AtLeast(1))
}

// Validate refuses one within another, and a second scale.
func (o *lossScale) Validate() error {
	if _, ok := o.inner.(*lossScale); ok {
		return schema.Atf("inner_optimizer", "loss_scale_optimizer cannot hold another loss_scale_optimizer")
	}
	if o.inner != nil && o.inner.Common().LossScaleFactor != nil {
		return schema.Atf("inner_optimizer", "the optimizer inside has a loss_scale_factor: loss_scale_optimizer scales the loss itself, and Keras would only divide the gradients by it")
	}
	return nil
}

// Scaling is how the loss is scaled.
func (o *lossScale) Scaling() *Scaling { return &Scaling{o.initial, o.growth} }

// Common are the arguments of the other optimizer.
func (o *lossScale) Common() *Common { return o.inner.Common() }

// Slots are those of the other optimizer.
func (o *lossScale) Slots() []Slot { return o.inner.Slots() }

// Hyper is what the other optimizer is fed.
func (o *lossScale) Hyper(step int, rate float64) []float64 { return o.inner.Hyper(step, rate) }

// Update lets the other optimizer change the weight.
func (o *lossScale) Update(g *op.Graph, p Param) *op.Node { return o.inner.Update(g, p) }

// Average moves the other optimizer's average.
func (o *lossScale) Average(g *op.Graph, p Param, after *op.Node) *op.Node {
	return o.inner.Average(g, p, after)
}
