package augment

import "github.com/dlrun/dlrun/dsl/schema"

var _ = Register("random_invert", func() Augment { return new(randomInvert) })

// randomInvert makes negatives of some images. Keras: layers/preprocessing/image_preprocessing/random_invert.py.
type randomInvert struct {
	colours
	valueRange
	factor factor
}

func (a *randomInvert) Schema(b *schema.Block) {
	b.Doc("Makes a negative of an image, or not.", "keras.layers.RandomInvert")
	a.factor.bind(b, "factor", "How likely it is that an image is inverted; of a list of two, a likelihood between them.", 0, 1, bothSides, schema.Default(1.0))
	a.valueRange.bind(b)
	a.bindFormat(b)
}

func (a *randomInvert) Apply(dst, src []float32, _ []int, d *Draw) {
	changed := a.factor.draw(d)
	if !(d.Unit() < changed) {
		copy(dst, src)
		return
	}
	a.invert(dst, src)
}

func (a *randomInvert) invert(dst, src []float32) {
	for i, v := range src {
		dst[i] = a.hi - v
	}
}
