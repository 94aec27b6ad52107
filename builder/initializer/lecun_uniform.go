package initializer

import "github.com/dlrun/dlrun/dsl/schema"

var _ = Register("lecun_uniform", func() Initializer { return new(lecunUniform) })

// lecunUniform is variance_scaling with a variance of 1 over the fan in (LeCun et al., "Efficient BackProp", 1998).
type lecunUniform struct{ scaled }

func (i *lecunUniform) Schema(b *schema.Block) {
	b.Doc("Uniform numbers of variance 1 over the fan in.", "keras.initializers.LecunUniform")
	i.bind(b)
}

// Fill draws the elements of w.
func (i *lecunUniform) Fill(w []float32, shape []int, key Key) error {
	return i.fill(w, shape, key, 1, "fan_in", "uniform")
}
