package schedule

import "github.com/dlrun/dlrun/dsl/schema"

var _ = Register("inverse_time_decay", func() Schedule { return new(inverseTimeDecay) })

// inverseTimeDecay is initial / (1 + rate·step/steps).
type inverseTimeDecay struct {
	initial, steps, rate float64
	staircase            bool
}

func (s *inverseTimeDecay) Schema(b *schema.Block) {
	b.Doc("Divides the learning rate by a number that grows with the steps.", "keras.optimizers.schedules.InverseTimeDecay")
	b.Float(&s.initial, "initial_learning_rate", "Learning rate of the first step.")
	b.Float(&s.steps, "decay_steps", "Steps over which the divisor grows by decay_rate.", schema.Above(0), schema.MayBeUnknown())
	b.Float(&s.rate, "decay_rate", "How fast the divisor grows.", schema.AtLeast(0))
	b.Bool(&s.staircase, "staircase", "Whether the rate falls at once after each decay_steps.", schema.Default(false))
}

// At is the learning rate after so many steps.
func (s *inverseTimeDecay) At(step int) float64 {
	return s.initial / (1 + float64(s.rate*stairs(float64(step)/s.steps, s.staircase)))
}
