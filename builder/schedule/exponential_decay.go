package schedule

import (
	"math"

	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/internal/kernel/f32vec"
)

var _ = Register("exponential_decay", func() Schedule { return new(exponentialDecay) })

// exponentialDecay is initial·rate^(step/steps).
type exponentialDecay struct {
	initial, steps, rate float64
	staircase            bool
}

func (s *exponentialDecay) Schema(b *schema.Block) {
	b.Doc("Multiplies the learning rate by decay_rate over each decay_steps.", "keras.optimizers.schedules.ExponentialDecay")
	b.Float(&s.initial, "initial_learning_rate", "Learning rate of the first step.")
	b.Float(&s.steps, "decay_steps", "Steps over which the rate falls by decay_rate.", schema.Above(0), schema.MayBeUnknown())
	b.Float(&s.rate, "decay_rate", "Factor of each decay_steps.", schema.AtLeast(0))
	b.Bool(&s.staircase, "staircase", "Whether the rate falls at once after each decay_steps.", schema.Default(false))
}

// At is the learning rate after so many steps.
func (s *exponentialDecay) At(step int) float64 {
	return s.initial * f32vec.Pow64(s.rate, stairs(float64(step)/s.steps, s.staircase))
}

// stairs is p, or the whole number below it.
func stairs(p float64, whole bool) float64 {
	if whole {
		return math.Floor(p)
	}
	return p
}
