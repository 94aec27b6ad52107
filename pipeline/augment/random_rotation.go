package augment

import (
	"math"

	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/internal/kernel/f32vec"
)

var _ = Register("random_rotation", func() Augment { return new(randomRotation) })

// randomRotation turns an image about its middle. Keras: layers/preprocessing/image_preprocessing/random_rotation.py.
type randomRotation struct {
	images
	sampling
	factor factor
}

func (a *randomRotation) Schema(b *schema.Block) {
	b.Doc("Turns an image about its middle at random.", "keras.layers.RandomRotation", fillNote)
	a.factor.bind(b, "factor", "Largest turn either way as a fraction of a full one, or a list of two: from and to (counterclockwise is positive).", -1, 1, bothSides)
	a.sampling.bind(b, true)
	a.bindFormat(b)
}

// OfMask is with interpolation "nearest".
func (a *randomRotation) OfMask() Augment {
	m := *a
	m.interpolation = "nearest"
	return &m
}

func (a *randomRotation) Apply(dst, src []float32, shape []int, d *Draw) {
	m := a.draw(shape, d)
	a.apply(dst, src, shape[0], shape[1], shape[2], &m)
}

func (a *randomRotation) draw(shape []int, d *Draw) matrix {
	return rotation(d.Uniform(a.factor.lo*360, a.factor.hi*360), shape[0], shape[1])
}

// rotation turns an image by so many degrees.
func rotation(degrees float32, h, w int) matrix {
	angle := float32(degrees * float32(math.Pi/180))
	sin, cos := f32vec.Sin(angle), f32vec.Cos(angle)
	cx, cy := float32(w-1)/2, float32(h-1)/2
	return matrix{
		a0: cos, a1: -sin, a2: cx - float32(cx*cos) + float32(cy*sin),
		b0: sin, b1: cos, b2: cy - float32(cx*sin) - float32(cy*cos),
	}
}
