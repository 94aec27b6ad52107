package schedule

import (
	"math"

	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("piecewise_constant_decay", func() Schedule { return new(piecewiseConstantDecay) })

// piecewiseConstantDecay is values[i] up to and including step boundaries[i].
type piecewiseConstantDecay struct{ boundaries, values []float64 }

func (s *piecewiseConstantDecay) Schema(b *schema.Block) {
	b.Doc("One learning rate after the other.", "keras.optimizers.schedules.PiecewiseConstantDecay",
		"The step at a boundary still has the value before it; steps count from 0.")
	b.Floats(&s.boundaries, "boundaries", "Steps after which the next value holds, in rising order.", schema.AtLeast(0), schema.MayBeUnknown())
	b.Floats(&s.values, "values", "Learning rates, one more than there are boundaries.")
}

// Validate checks that the lists fit.
func (s *piecewiseConstantDecay) Validate() error {
	if len(s.values) != len(s.boundaries)+1 {
		return schema.Atf("values", "there are %d boundaries, so %d values are wanted, got %d", len(s.boundaries), len(s.boundaries)+1, len(s.values))
	}
	for i := range s.boundaries {
		if i > 0 && s.boundaries[i] <= s.boundaries[i-1] {
			return schema.Atf("boundaries", "boundaries must rise, but %g follows %g", s.boundaries[i], s.boundaries[i-1])
		}
	}
	return nil
}

// At is the learning rate after so many steps.
func (s *piecewiseConstantDecay) At(step int) float64 {
	for i, b := range s.boundaries {
		if float64(step) <= math.Floor(b) {
			return s.values[i]
		}
	}
	return s.values[len(s.values)-1]
}
