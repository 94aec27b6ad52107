package layer

import "github.com/dlrun/dlrun/dsl/schema"

var _ = Register("up_sampling1d", func() Layer { return new(upSampling1D) })

// upSampling1D makes a sequence larger.
type upSampling1D struct{ upSampling }

func (l *upSampling1D) Schema(b *schema.Block) {
	b.Doc("Repeats each step of a sequence.", "keras.layers.UpSampling1D")
	l.bind(b, 1)
	l.Activity.Bind(b)
}
