package augment

import (
	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/pipeline/column"
)

var _ = Register("random_saturation", func() Augment { return new(randomSaturation) })

// randomSaturation multiplies the saturation of an image. Keras:
// layers/preprocessing/image_preprocessing/random_saturation.py.
type randomSaturation struct {
	colours
	valueRange
	factor factor
}

func (a *randomSaturation) Schema(b *schema.Block) {
	b.Doc("Makes the colours of an image stronger or weaker at random.", "keras.layers.RandomSaturation",
		"The saturation is multiplied by f / (1 - f): 0.5 changes nothing, 0 makes grey. A single factor f is [-f, f] as in Keras, where all below 0 makes grey; write a list.")
	a.factor.bind(b, "factor", "Of a list of two, f is drawn from the first to the second.", -1, 1, bothSides)
	a.valueRange.bind(b)
	a.bindFormat(b)
}

// Check asks for three channels.
func (a *randomSaturation) Check(in column.Field) error { return hasRGB(in, false) }

// kerasEpsilon is keras.config.epsilon().
const kerasEpsilon = 1e-7

func (a *randomSaturation) Apply(dst, src []float32, _ []int, d *Draw) {
	f := a.factor.draw(d)
	a.saturate(dst, src, f/(1-f+kerasEpsilon))
}

func (a *randomSaturation) saturate(dst, src []float32, by float32) {
	for i := 0; i+3 <= len(src); i += 3 {
		h, s, v := hsv(src[i], src[i+1], src[i+2])
		dst[i], dst[i+1], dst[i+2] = rgb(h, min(max(float32(s*by), a.lo), a.hi), v)
	}
}
