package initializer

import "github.com/dlrun/dlrun/dsl/schema"

var _ = Register("he_uniform", func() Initializer { return new(heUniform) })

// heUniform is variance_scaling with a variance of 2 over the fan in (He et al., 2015, arXiv:1502.01852).
type heUniform struct{ scaled }

func (i *heUniform) Schema(b *schema.Block) {
	b.Doc("Uniform numbers of variance 2 over the fan in.", "keras.initializers.HeUniform")
	i.bind(b)
}

// Fill draws the elements of w.
func (i *heUniform) Fill(w []float32, shape []int, key Key) error {
	return i.fill(w, shape, key, 2, "fan_in", "uniform")
}
