package augment

import (
	"math"

	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("cut_mix", func() Augment { return new(cutMix) })

// cutMix puts a rectangle of another example of the batch into each. Keras:
// layers/preprocessing/image_preprocessing/cut_mix.py; Yun and others, "CutMix", 2019.
type cutMix struct {
	mixing
	factor factor
}

func (a *cutMix) Schema(b *schema.Block) {
	b.Doc("Puts a rectangle of another example of the batch into each image, and mixes their labels in the same shares.", "keras.layers.CutMix",
		`It stands in the dataset itself, with images and labels, as the last augmentation. Labels are vectors, as one_hot makes them.`)
	a.factor.bind(b, "factor", "Parameter of the beta distribution that the sizes are drawn from, or of a list of two one between them.", 0, 1, bothSides, schema.Default(1.0))
	a.bindFormat(b)
}

// Takes is nil: all can be mixed.
func (a *cutMix) Takes(Role) error { return nil }

func (a *cutMix) Mix(dst, src []float32, shape []int, n int, what Role, d *Draw) {
	alpha := float64(a.factor.draw(d) + 1e-6)
	partner := d.Permutation(n)
	shares := d.Scratch(4 * n) // of each example the part it keeps of an axis, and where the rectangle is: as parts of what is left
	for i := range n {
		cut := float32(math.Sqrt(float64(1 - d.Beta(alpha))))
		shares[4*i], shares[4*i+1], shares[4*i+2] = cut, d.Unit(), d.Unit()
	}
	if what == Labels {
		blendWith(dst, src, n, partner, func(i int) float32 { return 1 - float32(shares[4*i]*shares[4*i]) })
		return
	}
	copy(dst, src)
	h, w, c, planes := shape[0], shape[1], shape[2], 1
	if a.images.channelsFirst() {
		h, w, c, planes = shape[1], shape[2], 1, shape[0]
	}
	size := h * w * c * planes
	for i := range n {
		cut, x, y := shares[4*i], shares[4*i+1], shares[4*i+2]
		place := func(at float32, length int) (lo, hi int) {
			long := float32(cut * float32(length))
			from := float32(at * (float32(length) - long))
			return inside(from, from+long, length)
		}
		lo, hi := place(x, w)
		top, bottom := place(y, h)
		out, other := dst[i*size:(i+1)*size], src[partner[i]*size:(partner[i]+1)*size]
		for p := range planes {
			for y := top; y < bottom; y++ {
				row := (p*h + y) * w
				copy(out[(row+lo)*c:(row+hi)*c], other[(row+lo)*c:])
			}
		}
	}
}
