package augment

import "github.com/dlrun/dlrun/dsl/schema"

var _ = Register("solarization", func() Augment { return new(solarization) })

// solarization inverts pixels above a threshold. Keras: layers/preprocessing/image_preprocessing/solarization.py.
type solarization struct {
	colours
	valueRange
	addition, threshold factor
}

func (a *solarization) Schema(b *schema.Block) {
	b.Doc("Adds a number to all pixels, then inverts those that are above a threshold, both drawn at random.", "keras.layers.Solarization",
		"Numbers are of 0 to 255, whatever value_range is. As in Keras the second of a list is a part of 255, and the first is not.")
	a.addition.bind(b, "addition_factor", "The most that is added, as a part of 255; or a list of two: from and to.", 0, 1, fromZero, schema.Default(0.0))
	a.threshold.bind(b, "threshold_factor", "The largest threshold, as a part of 255; or a list of two: from and to.", 0, 1, fromZero, schema.Default(0.0))
	a.valueRange.bind(b)
	a.bindFormat(b)
}

func (a *solarization) Apply(dst, src []float32, _ []int, d *Draw) {
	add := d.Uniform(a.addition.lo, a.addition.hi*255)
	a.solarize(dst, src, add, d.Uniform(a.threshold.lo, a.threshold.hi*255))
}

func (a *solarization) solarize(dst, src []float32, add, threshold float32) {
	for i, v := range src {
		x := min(max(a.to255(v)+add, 0), 255)
		if !(x < threshold) {
			x = 255 - x
		}
		dst[i] = a.from255(x)
	}
}
