package initializer

import "github.com/dlrun/dlrun/dsl/schema"

var _ = Register("glorot_normal", func() Initializer { return new(glorotNormal) })

// glorotNormal is variance_scaling with a variance of 1 over the mean of the fans (Glorot and Bengio, 2010).
type glorotNormal struct{ scaled }

func (i *glorotNormal) Schema(b *schema.Block) {
	b.Doc("Normal numbers, cut at two standard deviations, of variance 1 over the mean of the fans.", "keras.initializers.GlorotNormal")
	i.bind(b)
}

// Fill draws the elements of w.
func (i *glorotNormal) Fill(w []float32, shape []int, key Key) error {
	return i.fill(w, shape, key, 1, "fan_avg", "truncated_normal")
}
