package augment

import (
	"math"

	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("random_perspective", func() Augment { return new(randomPerspective) })

// randomPerspective shows an image as seen from aside. Keras:
// layers/preprocessing/image_preprocessing/random_perspective.py.
type randomPerspective struct {
	images
	sampling
	factor factor
	scale  float64
}

func (a *randomPerspective) Schema(b *schema.Block) {
	b.Doc("Shows an image as seen from aside, its corners moved at random.", "keras.layers.RandomPerspective",
		"As in Keras a corner moves by a part of its coordinates, so that the first corner stays, and places outside of the image are fill_value.")
	a.factor.bind(b, "factor", "How likely it is that an image is changed; of a list of two, a likelihood between them.", 0, 1, bothSides, schema.Default(1.0))
	b.Float(&a.scale, "scale", "How far corners move: by half of this part of their coordinates at most.", schema.Default(1.0), schema.AtLeast(0), schema.AtMost(1))
	a.sampling.bind(b, false)
	a.bindFormat(b)
}

// OfMask is with interpolation "nearest".
func (a *randomPerspective) OfMask() Augment {
	m := *a
	m.interpolation = "nearest"
	return &m
}

func (a *randomPerspective) Apply(dst, src []float32, shape []int, d *Draw) {
	m, ok := a.draw(shape, d)
	if !ok {
		copy(dst, src)
		return
	}
	a.apply(dst, src, shape[0], shape[1], shape[2], &m)
}

// draw is not ok where the image is left as it is.
func (a *randomPerspective) draw(shape []int, d *Draw) (matrix, bool) {
	changed := a.factor.draw(d)
	apply := d.Unit() < changed
	var move [4][2]float32
	for i := range move {
		for k := range move[i] {
			move[i][k] = d.Uniform(float32(-0.5*a.scale), float32(0.5*a.scale))
		}
	}
	start := corners(shape[0], shape[1])
	end := start
	for i := range end {
		for k := range end[i] {
			end[i][k] += float32(start[i][k] * move[i][k])
		}
	}
	m, ok := homography(start, end)
	return m, ok && apply
}

// corners are those of an image, as (x, y): upper left, upper right, lower left, lower right.
func corners(h, w int) [4][2]float32 {
	r, b := float32(w-1), float32(h-1)
	return [4][2]float32{{0, 0}, {r, 0}, {0, b}, {r, b}}
}

// homography reads at start what is shown at end. It is not ok where the corners are on a line. Keras:
// compute_homography_matrix.
func homography(start, end [4][2]float32) (matrix, bool) {
	var e [8][9]float64 // equations, the last column being what they come to
	for i := range start {
		sx, sy, x, y := float64(start[i][0]), float64(start[i][1]), float64(end[i][0]), float64(end[i][1])
		e[i] = [9]float64{x, y, 1, 0, 0, 0, -sx * x, -sx * y, sx}
		e[i+4] = [9]float64{0, 0, 0, x, y, 1, -sy * x, -sy * y, sy}
	}
	for k := range 8 {
		pivot := k
		for i := k; i < 8; i++ {
			if math.Abs(e[i][k]) > math.Abs(e[pivot][k]) {
				pivot = i
			}
		}
		if math.Abs(e[pivot][k]) < 1e-9 {
			return matrix{}, false
		}
		e[k], e[pivot] = e[pivot], e[k]
		for i := range 8 {
			if i == k {
				continue
			}
			f := e[i][k] / e[k][k]
			for j := k; j < 9; j++ {
				e[i][j] -= float64(f * e[k][j])
			}
		}
	}
	var s [8]float32
	for k := range s {
		s[k] = float32(e[k][8] / e[k][k])
	}
	return matrix{s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7]}, true
}
