package optimizer

import (
	"math"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/internal/kernel/f32vec"
)

var _ = Register("adafactor", func() Optimizer { return new(adafactor) })

// adafactor keeps, of the mean of the gradients' squares of a matrix, only the means of its rows and
// columns (Shazeer and Stern, 2018, arXiv:1804.04235).
type adafactor struct {
	base
	beta2Decay float64
	relative   bool
	rule       op.Adafactor
}

func (o *adafactor) Schema(b *schema.Block) {
	b.Doc("Steps from the spread of the gradients, of which only the means of rows and columns are kept, and in proportion to the weight.", "keras.optimizers.Adafactor")
	b.Float(&o.beta2Decay, "beta_2_decay", "Power of the step by which the share of the newest gradient in the mean of squares falls.", schema.Default(-0.8), schema.AtMost(0))
	b.Float(&o.rule.Epsilon1, "epsilon_1", "Added to the squares.", schema.Default(1e-30), schema.AtLeast(0))
	b.Float(&o.rule.Epsilon2, "epsilon_2", "Least size of a weight that steps are in proportion to.", schema.Default(1e-3), schema.AtLeast(0))
	b.Float(&o.rule.Threshold, "clip_threshold", "Largest root mean square of a step before the learning rate.", schema.Default(1.0), schema.Above(0))
	b.Bool(&o.relative, "relative_step", "Whether the learning rate is at most one over the root of the step; it is in any case, as in Keras.", schema.Default(true))
	o.common.bind(b, 0.001)
}

// Slots are the means of squares of rows and of columns; the first is that of each element where the
// weight has less than two axes.
func (o *adafactor) Slots() []Slot {
	return o.slots(
		Slot{Name: "velocity_row", Shape: func(_ string, w []int) []int { r, _ := o.rule.Slots(w); return r }},
		Slot{Name: "velocity_column", Shape: func(_ string, w []int) []int { _, c := o.rule.Slots(w); return c }},
	)
}

// Hyper is the learning rate, limited, and the share of the old mean of squares.
func (o *adafactor) Hyper(step int, rate float64) []float64 {
	t := float32(step)
	rho := min(float32(rate), 1/float32(math.Sqrt(float64(t))))
	return o.hyper(step, rate, float64(rho), float64(1-f32vec.Pow(t, float32(o.beta2Decay))))
}

// Update changes the weight.
func (o *adafactor) Update(g *op.Graph, p Param) *op.Node { return o.update(g, p, o.rule) }
