package schedule

import (
	"math"

	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/internal/kernel/f32vec"
)

var _ = Register("polynomial_decay", func() Schedule { return new(polynomialDecay) })

// polynomialDecay is (initial - end)·(1 - step/steps)^power + end.
type polynomialDecay struct {
	initial, steps, end, power float64
	cycle                      bool
}

func (s *polynomialDecay) Schema(b *schema.Block) {
	b.Doc("From one learning rate to another along a power of what is left of the steps.", "keras.optimizers.schedules.PolynomialDecay")
	b.Float(&s.initial, "initial_learning_rate", "Learning rate of the first step.")
	b.Float(&s.steps, "decay_steps", "Steps until the end is reached.", schema.Above(0), schema.MayBeUnknown())
	b.Float(&s.end, "end_learning_rate", "Learning rate at the end.", schema.Default(0.0001))
	b.Float(&s.power, "power", "1 is a straight line.", schema.Default(1.0))
	b.Bool(&s.cycle, "cycle", "Whether to begin again, over a time that is longer by decay_steps, whenever the end is reached.", schema.Default(false))
}

// At is the learning rate after so many steps.
func (s *polynomialDecay) At(step int) float64 {
	at, steps := float64(step), s.steps
	switch {
	case !s.cycle:
		at = min(at, steps)
	case step > 0:
		steps *= math.Ceil(at / steps)
	}
	return float64((s.initial-s.end)*f32vec.Pow64(1-at/steps, s.power)) + s.end
}
