package augment

import (
	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/pipeline/column"
)

var _ = Register("random_hue", func() Augment { return new(randomHue) })

// randomHue turns the colours of an image. Keras: layers/preprocessing/image_preprocessing/random_hue.py.
type randomHue struct {
	colours
	valueRange
	factor factor
}

func (a *randomHue) Schema(b *schema.Block) {
	b.Doc("Turns the colours of an image round the circle of hues at random.", "keras.layers.RandomHue")
	a.factor.bind(b, "factor", "Largest turn as a part of half the circle; or a list of two: from and to. It goes either way.", 0, 1, bothSides)
	a.valueRange.bind(b)
	a.bindFormat(b)
}

// Check asks for three channels.
func (a *randomHue) Check(in column.Field) error { return hasRGB(in, false) }

func (a *randomHue) Apply(dst, src []float32, _ []int, d *Draw) {
	sign := float32(1)
	if d.Unit() > 0.5 {
		sign = -1
	}
	a.turn(dst, src, float32(sign*a.factor.draw(d))*0.5)
}

func (a *randomHue) turn(dst, src []float32, by float32) {
	for i := 0; i+3 <= len(src); i += 3 {
		h, s, v := hsv(a.to01(src[i]), a.to01(src[i+1]), a.to01(src[i+2]))
		if h += by; h > 1 {
			h--
		}
		if h < 0 {
			h++
		}
		r, g, b := rgb(h, s, v)
		dst[i], dst[i+1], dst[i+2] = a.from01(min(max(r, 0), 1)), a.from01(min(max(g, 0), 1)), a.from01(min(max(b, 0), 1))
	}
}
