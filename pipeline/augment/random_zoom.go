package augment

import (
	"math"

	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("random_zoom", func() Augment { return new(randomZoom) })

// randomZoom makes an image larger or smaller about its middle. Keras:
// layers/preprocessing/image_preprocessing/random_zoom.py.
type randomZoom struct {
	images
	sampling
	height, width factor
}

// leastZoom is next to -1, which would show a single point.
var leastZoom = float64(math.Nextafter32(-1, 0))

func (a *randomZoom) Schema(b *schema.Block) {
	b.Doc("Makes an image larger or smaller about its middle at random.", "keras.layers.RandomZoom", fillNote)
	a.height.bind(b, "height_factor", "Largest share of the height that is added to what is seen, or taken away; or a list of two: from (negative zooms in) and to (positive zooms out).", leastZoom, 1, plusMinus)
	a.width.bind(b, "width_factor", "The same for the width. Default: as the height, so that proportions stay.", leastZoom, 1, plusMinus, schema.Optional())
	a.sampling.bind(b, true)
	a.bindFormat(b)
}

// OfMask is with interpolation "nearest".
func (a *randomZoom) OfMask() Augment {
	m := *a
	m.interpolation = "nearest"
	return &m
}

func (a *randomZoom) Apply(dst, src []float32, shape []int, d *Draw) {
	m := a.draw(shape, d)
	a.apply(dst, src, shape[0], shape[1], shape[2], &m)
}

func (a *randomZoom) draw(shape []int, d *Draw) matrix {
	height := d.Uniform(1+a.height.lo, 1+a.height.hi)
	width := height
	if a.width.given {
		width = d.Uniform(1+a.width.lo, 1+a.width.hi)
	}
	return zoom(width, height, shape[0], shape[1])
}

// zoom shows so many times the width and height.
func zoom(width, height float32, h, w int) matrix {
	return matrix{
		a0: width, a2: float32((float32(w) - 1) / 2 * (1 - width)),
		b1: height, b2: float32((float32(h) - 1) / 2 * (1 - height)),
	}
}
