package augment

import "github.com/dlrun/dlrun/dsl/schema"

var _ = Register("random_shear", func() Augment { return new(randomShear) })

// randomShear slants an image. Keras: layers/preprocessing/image_preprocessing/random_shear.py.
type randomShear struct {
	images
	sampling
	x, y factor
}

func (a *randomShear) Schema(b *schema.Block) {
	b.Doc("Slants an image at random.", "keras.layers.RandomShear", fillNote,
		"With a list of two a slant of that size goes either way.")
	a.x.bind(b, "x_factor", "Largest slant of the columns, as a fraction of the height; or a list of two: from and to.", 0, 1, plusMinus, schema.Default(0.0))
	a.y.bind(b, "y_factor", "Largest slant of the rows, as a fraction of the width; or a list of two: from and to.", 0, 1, plusMinus, schema.Default(0.0))
	a.sampling.bind(b, true)
	a.bindFormat(b)
}

// OfMask is with interpolation "nearest".
func (a *randomShear) OfMask() Augment {
	m := *a
	m.interpolation = "nearest"
	return &m
}

func (a *randomShear) Apply(dst, src []float32, shape []int, d *Draw) {
	m := a.draw(shape, d)
	a.apply(dst, src, shape[0], shape[1], shape[2], &m)
}

func (a *randomShear) draw(_ []int, d *Draw) matrix {
	sign := float32(1)
	if d.Unit() > 0.5 {
		sign = -1
	}
	y := a.y.draw(d) * sign
	return shear(a.x.draw(d)*sign, y)
}

// shear slants an image by x columns a row and y rows a column.
func shear(x, y float32) matrix { return matrix{a0: 1, a1: x, b0: y, b1: 1} }
