package augment

import (
	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/pipeline/column"
)

var _ = Register("random_grayscale", func() Augment { return new(randomGrayscale) })

// randomGrayscale takes the colours out of some images. Keras:
// layers/preprocessing/image_preprocessing/random_grayscale.py.
type randomGrayscale struct {
	colours
	factor float64
}

func (a *randomGrayscale) Schema(b *schema.Block) {
	b.Doc("Makes an image grey, or not; it keeps three channels.", "keras.layers.RandomGrayscale")
	b.Float(&a.factor, "factor", "How likely it is that an image becomes grey.", schema.Default(0.5), schema.AtLeast(0), schema.AtMost(1))
	a.bindFormat(b)
}

// Check asks for three channels, or one.
func (a *randomGrayscale) Check(in column.Field) error { return hasRGB(in, true) }

func (a *randomGrayscale) Apply(dst, src []float32, shape []int, d *Draw) {
	if shape[2] != 3 || !(d.Unit() < float32(a.factor)) {
		copy(dst, src)
		return
	}
	degenerate(dst, src)
}

// degenerate makes all pixels grey.
func degenerate(dst, src []float32) {
	for i := 0; i+3 <= len(src); i += 3 {
		v := grey(src[i], src[i+1], src[i+2])
		dst[i], dst[i+1], dst[i+2] = v, v, v
	}
}
