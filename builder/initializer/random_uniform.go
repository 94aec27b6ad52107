package initializer

import (
	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/internal/kernel/philox"
)

var _ = Register("random_uniform", func() Initializer { return new(randomUniform) }, "uniform")

// randomUniform draws from a range.
type randomUniform struct {
	minval, maxval float64
	seeded
}

func (i *randomUniform) Schema(b *schema.Block) {
	b.Doc("Numbers of which any in a range is as likely.", "keras.initializers.RandomUniform")
	b.Float(&i.minval, "minval", "Least value.", schema.Default(-0.05))
	b.Float(&i.maxval, "maxval", "Bound that values stay below.", schema.Default(0.05))
	i.seeded.bind(b)
}

// Fill draws the elements of w.
func (i *randomUniform) Fill(w []float32, _ []int, key Key) error {
	philox.Uniform(w, i.random(key), 0, float32(i.minval), float32(i.maxval))
	return nil
}
