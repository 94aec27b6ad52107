package augment

import (
	"fmt"
	"math"

	"github.com/zclconf/go-cty/cty"

	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/pipeline/column"
)

var _ = Register("random_erasing", func() Augment { return new(randomErasing) })

// randomErasing fills a rectangle of an image. Keras: layers/preprocessing/image_preprocessing/random_erasing.py.
type randomErasing struct {
	colours
	valueRange
	factor, scale factor
	fillValue     cty.Value
	fill          []float32 // nil for noise; one number, or one for each channel
}

func (a *randomErasing) Schema(b *schema.Block) {
	b.Doc("Fills a rectangle at a random place of an image, or not.", "keras.layers.RandomErasing")
	a.factor.bind(b, "factor", "How likely it is that an image is changed; of a list of two, a likelihood between them.", 0, 1, bothSides, schema.Default(1.0))
	a.scale.bind(b, "scale", "Smallest and largest size of the rectangle: a side is the square root of a part between them.", 0, 1, bothSides, schema.Default([]float64{0.02, 0.33}))
	b.Value(&a.fillValue, "fill_value", "What the rectangle is filled with, a number or one for each of three channels. Default: noise.", func(v cty.Value) error {
		list := []cty.Value{v}
		if isList(v) {
			if list = v.AsValueSlice(); len(list) != 3 {
				return fmt.Errorf("a number or a list of three is wanted, got %s", schema.Show(v))
			}
		}
		a.fill = nil
		for _, n := range list {
			f, _, err := bounds(n, -math.MaxFloat32, math.MaxFloat32, alone)
			if err != nil || isList(n) {
				return fmt.Errorf("a number or a list of three is wanted, got %s", schema.Show(v))
			}
			if n.AsBigFloat().Sign() < 0 {
				f = -f
			}
			a.fill = append(a.fill, f)
		}
		return nil
	}, schema.Optional())
	a.valueRange.bind(b)
	a.bindFormat(b)
}

// Check asks for three channels where there is a value for each.
func (a *randomErasing) Check(in column.Field) error {
	if len(a.fill) == 3 {
		return hasRGB(in, false)
	}
	return isImage(in)
}

// box is a rectangle in pixels: those at x0 <= x < x1 and y0 <= y < y1.
type box struct{ x0, x1, y0, y1 float32 }

// side returns where a part of an axis begins, at random, and where it ends.
func side(d *Draw, length int, part float32) (from, to float32) {
	n := float32(part * float32(length))
	from = float32(d.Unit() * (float32(length) - n))
	return from, from + n
}

// inside are the columns or rows from lo to hi that lie in a part of an axis.
func inside(from, to float32, length int) (lo, hi int) {
	up := func(x float32) int {
		n := below(x)
		if float32(n) < x {
			n++
		}
		return min(max(n, 0), length)
	}
	return up(from), up(to)
}

func (a *randomErasing) Apply(dst, src []float32, shape []int, d *Draw) {
	width := float32(math.Sqrt(float64(a.scale.draw(d))))
	height := float32(math.Sqrt(float64(a.scale.draw(d))))
	var r box
	r.x0, r.x1 = side(d, shape[1], width)
	r.y0, r.y1 = side(d, shape[0], height)
	changed := a.factor.draw(d)
	copy(dst, src)
	if d.Unit() < changed {
		a.erase(dst, shape, r, d)
	}
}

func (a *randomErasing) erase(dst []float32, shape []int, r box, d *Draw) {
	w, c := shape[1], shape[2]
	lo, hi := inside(r.x0, r.x1, w)
	top, bottom := inside(r.y0, r.y1, shape[0])
	for y := top; y < bottom; y++ {
		row := dst[(y*w+lo)*c : (y*w+hi)*c]
		if a.fill == nil {
			d.Normals(row, 0, 1)
			for i, v := range row {
				row[i] = float32(v * a.hi)
			}
		} else {
			for i := range row {
				row[i] = a.fill[i%len(a.fill)]
			}
		}
		a.clip(row)
	}
}
