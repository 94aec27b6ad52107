package schedule

import (
	"math"

	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/internal/kernel/f32vec"
)

var _ = Register("cosine_decay_restarts", func() Schedule { return new(cosineDecayRestarts) })

// cosineDecayRestarts falls along half a period of the cosine again and again (Loshchilov and Hutter,
// 2016: SGDR).
type cosineDecayRestarts struct {
	initial, steps float64
	longer, lower  float64
	alpha          float64
}

func (s *cosineDecayRestarts) Schema(b *schema.Block) {
	b.Doc("Falls along half a period of the cosine, and begins again.", "keras.optimizers.schedules.CosineDecayRestarts")
	b.Float(&s.initial, "initial_learning_rate", "Learning rate of the first step.")
	b.Float(&s.steps, "first_decay_steps", "Steps of the first fall.", schema.AtLeast(1), schema.MayBeUnknown())
	b.Float(&s.longer, "t_mul", "Factor of the steps of each next fall.", schema.Default(2.0), schema.AtLeast(1))
	b.Float(&s.lower, "m_mul", "Factor of the learning rate at the beginning of each next fall.", schema.Default(1.0), schema.AtLeast(0))
	b.Float(&s.alpha, "alpha", "Lowest learning rate, as a share of the first.", schema.Default(0.0))
}

// At is the learning rate after so many steps.
func (s *cosineDecayRestarts) At(step int) float64 {
	at, steps, height := float64(step), s.steps, 1.0
	if s.longer == 1 {
		n := math.Floor(at / steps)
		at -= float64(n * steps)
		height = f32vec.Pow64(s.lower, n)
	} else {
		for at >= steps {
			at -= steps
			steps *= s.longer
			height *= s.lower
		}
	}
	return s.initial * (float64((1-s.alpha)*height*cosine(at/steps)) + s.alpha)
}
