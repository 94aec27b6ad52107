package augment

import "github.com/dlrun/dlrun/dsl/schema"

var _ = Register("random_contrast", func() Augment { return new(randomContrast) })

// randomContrast moves pixels away from, or towards, their channel's mean. Keras:
// layers/preprocessing/image_preprocessing/random_contrast.py.
type randomContrast struct {
	colours
	valueRange
	factor factor
}

func (a *randomContrast) Schema(b *schema.Block) {
	b.Doc("Raises or lowers the contrast of an image at random.", "keras.layers.RandomContrast",
		"The distance of a pixel from the mean of its channel is multiplied by a number from 1 - from to 1 + to. As in Keras a single factor f is [0, f], which only raises the contrast.")
	a.factor.bind(b, "factor", "Largest part by which the contrast is raised; or a list of two: by how much it is lowered and raised at most.", 0, 1, bothSides)
	a.valueRange.bind(b)
	a.bindFormat(b)
}

func (a *randomContrast) Apply(dst, src []float32, shape []int, d *Draw) {
	a.contrast(dst, src, shape, d.Uniform(1-a.factor.lo, 1+a.factor.hi))
}

func (a *randomContrast) contrast(dst, src []float32, shape []int, by float32) {
	c := shape[2]
	for ch := range c {
		sum := 0.0
		for i := ch; i < len(src); i += c {
			sum += float64(src[i])
		}
		mean := float32(sum / float64(len(src)/c))
		for i := ch; i < len(src); i += c {
			dst[i] = min(max(float32((src[i]-mean)*by)+mean, a.lo), a.hi)
		}
	}
}
