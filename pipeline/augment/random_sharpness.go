package augment

import "github.com/dlrun/dlrun/dsl/schema"

var _ = Register("random_sharpness", func() Augment { return new(randomSharpness) })

// randomSharpness mixes an image with a smoothed one. Keras:
// layers/preprocessing/image_preprocessing/random_sharpness.py.
type randomSharpness struct {
	colours
	valueRange
	factor factor
}

func (a *randomSharpness) Schema(b *schema.Block) {
	b.Doc("Makes an image sharper or softer at random.", "keras.layers.RandomSharpness",
		"0 is smoothed, 0.5 changes nothing, 1 is sharpest. Outside of the image there are zeros.")
	a.factor.bind(b, "factor", "The sharpness is drawn from 0 to this, or from the first to the second of a list.", 0, 1, bothSides)
	a.valueRange.bind(b)
	a.bindFormat(b)
}

func (a *randomSharpness) Apply(dst, src []float32, shape []int, d *Draw) {
	a.sharpen(dst, src, shape, a.factor.draw(d))
}

func (a *randomSharpness) sharpen(dst, src []float32, shape []int, factor float32) {
	const edge, middle = 1.0 / 13.0, 5.0 / 13.0
	h, w, c := shape[0], shape[1], shape[2]
	much := 1 - float32(factor*2)
	for y := range h {
		for x := range w {
			for ch := range c {
				sum := float32(0)
				for j := max(0, y-1); j <= min(h-1, y+1); j++ {
					for i := max(0, x-1); i <= min(w-1, x+1); i++ {
						k := float32(edge)
						if i == x && j == y {
							k = middle
						}
						sum += float32(k * src[(j*w+i)*c+ch])
					}
				}
				at := (y*w+x)*c + ch
				dst[at] = min(max(src[at]+float32(much*(sum-src[at])), a.lo), a.hi)
			}
		}
	}
}
