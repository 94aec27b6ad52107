package augment

import "github.com/dlrun/dlrun/dsl/schema"

var _ = Register("random_brightness", func() Augment { return new(randomBrightness) })

// randomBrightness adds a number to all pixels. Keras: layers/preprocessing/image_preprocessing/random_brightness.py.
type randomBrightness struct {
	colours
	valueRange
	factor factor
}

func (a *randomBrightness) Schema(b *schema.Block) {
	b.Doc("Makes an image lighter or darker at random.", "keras.layers.RandomBrightness")
	a.factor.bind(b, "factor", "Largest part of the range of values that is added or taken away; or a list of two: from (negative is darker) and to.", -1, 1, bothSides)
	a.valueRange.bind(b)
	a.bindFormat(b)
}

func (a *randomBrightness) Apply(dst, src []float32, _ []int, d *Draw) {
	a.brighten(dst, src, float32(a.factor.draw(d)*(a.hi-a.lo)))
}

func (a *randomBrightness) brighten(dst, src []float32, by float32) {
	for i, v := range src {
		dst[i] = min(max(v+by, a.lo), a.hi)
	}
}
