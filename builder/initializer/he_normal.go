package initializer

import "github.com/dlrun/dlrun/dsl/schema"

var _ = Register("he_normal", func() Initializer { return new(heNormal) })

// heNormal is variance_scaling with a variance of 2 over the fan in (He et al., 2015, arXiv:1502.01852).
type heNormal struct{ scaled }

func (i *heNormal) Schema(b *schema.Block) {
	b.Doc("Normal numbers, cut at two standard deviations, of variance 2 over the fan in.", "keras.initializers.HeNormal")
	i.bind(b)
}

// Fill draws the elements of w.
func (i *heNormal) Fill(w []float32, shape []int, key Key) error {
	return i.fill(w, shape, key, 2, "fan_in", "truncated_normal")
}
