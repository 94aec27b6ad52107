package schedule

import (
	"math"

	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/internal/kernel/f32vec"
)

var _ = Register("cosine_decay", func() Schedule { return new(cosineDecay) })

// cosineDecay falls along half a period of the cosine (Loshchilov and Hutter, 2016), after a
// straight rise where there is a warm-up.
type cosineDecay struct {
	initial, steps, alpha float64
	warmupTarget          *float64
	warmupSteps           float64
}

func (s *cosineDecay) Schema(b *schema.Block) {
	b.Doc("Falls along half a period of the cosine, after a warm-up if asked.", "keras.optimizers.schedules.CosineDecay",
		"Without warmup_target there is no warm-up, and warmup_steps means nothing.")
	b.Float(&s.initial, "initial_learning_rate", "Learning rate of the first step.")
	b.Float(&s.steps, "decay_steps", "Steps of the fall, counted after the warm-up.", schema.Above(0), schema.MayBeUnknown())
	b.Float(&s.alpha, "alpha", "Learning rate at the end, as a share of that at the beginning of the fall.", schema.Default(0.0))
	b.OptFloat(&s.warmupTarget, "warmup_target", "Learning rate at the end of the warm-up, from which it falls.")
	b.Float(&s.warmupSteps, "warmup_steps", "Steps of the warm-up.", schema.Default(0.0), schema.AtLeast(0), schema.MayBeUnknown())
}

// At is the learning rate after so many steps.
func (s *cosineDecay) At(step int) float64 {
	at, from := float64(step), s.initial
	if s.warmupTarget != nil {
		if at < s.warmupSteps {
			return float64((*s.warmupTarget-s.initial)*(at/s.warmupSteps)) + s.initial
		}
		at, from = at-s.warmupSteps, *s.warmupTarget
	}
	return from * (float64((1-s.alpha)*cosine(min(at, s.steps)/s.steps)) + s.alpha)
}

// cosine falls from 1 to 0 as x goes from 0 to 1.
func cosine(x float64) float64 { return 0.5 * (1 + f32vec.Cos64(math.Pi*x)) }
