package initializer

import (
	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/internal/kernel/philox"
)

var _ = Register("truncated_normal", func() Initializer { return new(truncatedNormal) })

// truncatedNormal draws normal numbers that are near the mean.
type truncatedNormal struct {
	mean, stddev float64
	seeded
}

func (i *truncatedNormal) Schema(b *schema.Block) {
	b.Doc("Normal numbers, those beyond two standard deviations drawn again.", "keras.initializers.TruncatedNormal")
	b.Float(&i.mean, "mean", "Mean.", schema.Default(0.0))
	b.Float(&i.stddev, "stddev", "Standard deviation before cutting.", schema.Default(0.05), schema.AtLeast(0))
	i.seeded.bind(b)
}

// Fill draws the elements of w.
func (i *truncatedNormal) Fill(w []float32, _ []int, key Key) error {
	philox.TruncatedNormal(w, i.random(key), 0, float32(i.mean), float32(i.stddev))
	return nil
}

// TruncatedNormal is the initializer of that name with a mean of 0.
func TruncatedNormal(stddev float64) Initializer {
	i := new(truncatedNormal)
	schema.Describe(i) // sets its defaults
	i.stddev = stddev
	return i
}
