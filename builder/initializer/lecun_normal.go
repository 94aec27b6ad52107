package initializer

import "github.com/dlrun/dlrun/dsl/schema"

var _ = Register("lecun_normal", func() Initializer { return new(lecunNormal) })

// lecunNormal is variance_scaling with a variance of 1 over the fan in (LeCun et al., "Efficient BackProp", 1998).
type lecunNormal struct{ scaled }

func (i *lecunNormal) Schema(b *schema.Block) {
	b.Doc("Normal numbers, cut at two standard deviations, of variance 1 over the fan in.", "keras.initializers.LecunNormal")
	i.bind(b)
}

// Fill draws the elements of w.
func (i *lecunNormal) Fill(w []float32, shape []int, key Key) error {
	return i.fill(w, shape, key, 1, "fan_in", "truncated_normal")
}
