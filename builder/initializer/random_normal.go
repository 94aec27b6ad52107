package initializer

import (
	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/internal/kernel/philox"
)

var _ = Register("random_normal", func() Initializer { return new(randomNormal) }, "normal")

// randomNormal draws normal numbers.
type randomNormal struct {
	mean, stddev float64
	seeded
}

func (i *randomNormal) Schema(b *schema.Block) {
	b.Doc("Normal numbers.", "keras.initializers.RandomNormal")
	b.Float(&i.mean, "mean", "Mean.", schema.Default(0.0))
	b.Float(&i.stddev, "stddev", "Standard deviation.", schema.Default(0.05), schema.AtLeast(0))
	i.seeded.bind(b)
}

// Fill draws the elements of w.
func (i *randomNormal) Fill(w []float32, _ []int, key Key) error {
	philox.Normal(w, i.random(key), 0, float32(i.mean), float32(i.stddev))
	return nil
}
