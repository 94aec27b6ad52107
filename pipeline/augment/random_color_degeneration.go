package augment

import (
	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/pipeline/column"
)

var _ = Register("random_color_degeneration", func() Augment { return new(randomColorDegeneration) })

// randomColorDegeneration mixes an image with its grey form. Keras:
// layers/preprocessing/image_preprocessing/random_color_degeneration.py.
type randomColorDegeneration struct {
	colours
	valueRange
	factor factor
}

func (a *randomColorDegeneration) Schema(b *schema.Block) {
	b.Doc("Takes some of the colour out of an image at random.", "keras.layers.RandomColorDegeneration")
	a.factor.bind(b, "factor", "Of a list of two, how much is taken out at least and at most: 0 keeps the image, 1 makes it grey, less than 0 makes colours stronger. A single factor f is [-f, f], as in Keras.", -1, 1, bothSides)
	a.valueRange.bind(b)
	a.bindFormat(b)
}

// Check asks for three channels, or one.
func (a *randomColorDegeneration) Check(in column.Field) error { return hasRGB(in, true) }

func (a *randomColorDegeneration) Apply(dst, src []float32, shape []int, d *Draw) {
	a.fade(dst, src, shape, a.factor.draw(d))
}

func (a *randomColorDegeneration) fade(dst, src []float32, shape []int, by float32) {
	copy(dst, src)
	if shape[2] == 3 {
		degenerate(dst, src)
	}
	for i, v := range src {
		dst[i] = min(max(v+float32(by*(dst[i]-v)), a.lo), a.hi)
	}
}
