package initializer

import "github.com/dlrun/dlrun/dsl/schema"

var _ = Register("glorot_uniform", func() Initializer { return new(glorotUniform) })

// glorotUniform is variance_scaling with a variance of 1 over the mean of the fans (Glorot and Bengio, 2010).
type glorotUniform struct{ scaled }

func (i *glorotUniform) Schema(b *schema.Block) {
	b.Doc("Uniform numbers of variance 1 over the mean of the fans.", "keras.initializers.GlorotUniform")
	i.bind(b)
}

// Fill draws the elements of w.
func (i *glorotUniform) Fill(w []float32, shape []int, key Key) error {
	return i.fill(w, shape, key, 1, "fan_avg", "uniform")
}
