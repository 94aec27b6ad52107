package augment

import "github.com/dlrun/dlrun/dsl/schema"

var _ = Register("random_translation", func() Augment { return new(randomTranslation) })

// randomTranslation shifts an image by a fraction of its size. Keras:
// layers/preprocessing/image_preprocessing/random_translation.py.
type randomTranslation struct {
	images
	sampling
	height, width factor
}

func (a *randomTranslation) Schema(b *schema.Block) {
	b.Doc("Shifts an image at random.", "keras.layers.RandomTranslation", fillNote)
	a.height.bind(b, "height_factor", "Largest shift up and down as a fraction of the height, or a list of two: from (up is negative) and to.", -1, 1, plusMinus)
	a.width.bind(b, "width_factor", "Largest shift left and right as a fraction of the width, or a list of two: from (left is negative) and to.", -1, 1, plusMinus)
	a.sampling.bind(b, true)
	a.bindFormat(b)
}

// OfMask is with interpolation "nearest".
func (a *randomTranslation) OfMask() Augment {
	m := *a
	m.interpolation = "nearest"
	return &m
}

func (a *randomTranslation) Apply(dst, src []float32, shape []int, d *Draw) {
	m := a.draw(shape, d)
	a.apply(dst, src, shape[0], shape[1], shape[2], &m)
}

func (a *randomTranslation) draw(shape []int, d *Draw) matrix {
	dy := float32(a.height.draw(d) * float32(shape[0]))
	dx := float32(a.width.draw(d) * float32(shape[1]))
	return translation(dx, dy)
}

// translation moves an image right by dx pixels and down by dy.
func translation(dx, dy float32) matrix { return matrix{a0: 1, a2: -dx, b1: 1, b2: -dy} }
