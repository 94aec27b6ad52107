package schedule

import (
	"math"

	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("warmup_stable_decay", func() Schedule { return new(warmupStableDecay) })

// warmupStableDecay rises, stays, and falls at the end (Hu et al., 2024: MiniCPM, arXiv:2404.06395), with the forms of
// transformers.get_wsd_schedule.
type warmupStableDecay struct {
	highest               float64
	warmup, stable, decay float64
	rise, fall            string
	lowest                float64
}

func (s *warmupStableDecay) Schema(b *schema.Block) {
	b.Doc("Rises, stays the same for most of the training, and falls at its end.", "transformers.get_wsd_schedule")
	b.Float(&s.highest, "learning_rate", "Learning rate between rise and fall.", schema.AtLeast(0))
	b.Float(&s.warmup, "warmup_steps", "Steps in which it rises.", schema.AtLeast(0), schema.MayBeUnknown())
	b.Float(&s.stable, "stable_steps", "Steps in which it stays.", schema.AtLeast(0), schema.MayBeUnknown())
	b.Float(&s.decay, "decay_steps", "Steps in which it falls.", schema.AtLeast(0), schema.MayBeUnknown())
	forms := []string{"linear", "cosine", "1-sqrt"}
	b.Enum(&s.rise, "warmup_type", "How it rises.", forms, schema.Default("linear"))
	b.Enum(&s.fall, "decay_type", "How it falls.", forms, schema.Default("cosine"))
	b.Float(&s.lowest, "min_lr_ratio", "Learning rate at the beginning and at the end, as a share of the highest.", schema.Default(0.0), schema.AtLeast(0), schema.AtMost(1))
}

// At is the learning rate after so many steps.
func (s *warmupStableDecay) At(step int) float64 {
	at, share := float64(step), 1.0
	switch {
	case at < s.warmup:
		share = left(s.rise, 1-at/s.warmup)
	case at < s.warmup+s.stable:
	case at < s.warmup+s.stable+s.decay:
		share = left(s.fall, (at-s.warmup-s.stable)/s.decay)
	default:
		share = 0
	}
	return s.highest * (float64(share*(1-s.lowest)) + s.lowest)
}

// left is what is left of 1 after a share of a fall.
func left(form string, x float64) float64 {
	switch form {
	case "linear":
		return 1 - x
	case "cosine":
		return cosine(x)
	}
	return 1 - math.Sqrt(x)
}
