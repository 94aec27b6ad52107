package augment

import "github.com/dlrun/dlrun/dsl/schema"

var _ = Register("random_posterization", func() Augment { return new(randomPosterization) })

// randomPosterization keeps the highest bits of each pixel. Keras:
// layers/preprocessing/image_preprocessing/random_posterization.py.
type randomPosterization struct {
	colours
	valueRange
	factor factor
}

func (a *randomPosterization) Schema(b *schema.Block) {
	b.Doc("Keeps the highest bits of each pixel, of 8.", "keras.layers.RandomPosterization",
		"As in Keras a single factor is the number of bits, and of a list the second is not drawn itself.")
	a.factor.bind(b, "factor", "Bits to keep; or a list of two: from and to.", 1, 8, alone)
	a.valueRange.bind(b)
	a.bindFormat(b)
}

func (a *randomPosterization) Apply(dst, src []float32, _ []int, d *Draw) {
	bits := int(a.factor.lo)
	if n := int(a.factor.hi) - bits; n > 0 {
		bits += d.Int(n)
	}
	a.posterize(dst, src, uint(8-bits))
}

func (a *randomPosterization) posterize(dst, src []float32, shift uint) {
	for i, v := range src {
		b := uint8(min(max(a.to255(v), 0), 255)) >> shift << shift
		dst[i] = a.from255(float32(b))
	}
}
