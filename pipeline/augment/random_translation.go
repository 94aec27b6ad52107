package augment

import (
	"math"

	"github.com/zclconf/go-cty/cty"

	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/pipeline/column"
)

var _ = Register("random_translation", func() Augment { return new(randomTranslation) })

// randomTranslation shifts an image by a fraction of its size. Keras:
// layers/preprocessing/image_preprocessing/random_translation.py, ops.image.affine_transform on JAX.
type randomTranslation struct {
	heightFactor, widthFactor cty.Value
	fillMode, interpolation   string
	fillValue                 float64

	height, width bounds
}

// bounds of a factor.
type bounds struct{ lo, hi float32 }

func (a *randomTranslation) Schema(b *schema.Block) {
	b.Doc("Shifts an image at random.", "keras.layers.RandomTranslation",
		`Places outside of the image are filled: "reflect" is (d c b a | a b c d | d c b a), "wrap" (a b c d | a b c d | a b c d), "nearest" (a a a a | a b c d | d d d d), "constant" is fill_value.`)
	b.Value(&a.heightFactor, "height_factor", "Largest shift up and down as a fraction of the height, or a list of two: from (up is negative) and to.", isFactor)
	b.Value(&a.widthFactor, "width_factor", "Largest shift left and right as a fraction of the width, or a list of two: from (left is negative) and to.", isFactor)
	b.Enum(&a.fillMode, "fill_mode", "What fills places outside of the image.", []string{"reflect", "wrap", "constant", "nearest"}, schema.Default("reflect"))
	b.Enum(&a.interpolation, "interpolation", "How a place between pixels is read.", []string{"bilinear", "nearest"}, schema.Default("bilinear"))
	b.Float(&a.fillValue, "fill_value", "The value that fill_mode \"constant\" fills with.", schema.Default(0.0))
}

func (a *randomTranslation) Validate() error {
	var err error
	if a.height.lo, a.height.hi, err = factor(a.heightFactor); err != nil {
		return schema.At("height_factor", err)
	}
	if a.width.lo, a.width.hi, err = factor(a.widthFactor); err != nil {
		return schema.At("width_factor", err)
	}
	return nil
}

func (a *randomTranslation) Check(in column.Field) error { return isImage(in) }

// OfMask is with interpolation "nearest".
func (a *randomTranslation) OfMask() Augment {
	m := *a
	m.interpolation = "nearest"
	return &m
}

func (a *randomTranslation) Apply(dst, src []float32, shape []int, d *Draw) {
	h, w, c := shape[0], shape[1], shape[2]
	dy := float32(d.Uniform(a.height.lo, a.height.hi) * float32(h))
	dx := float32(d.Uniform(a.width.lo, a.width.hi) * float32(w))
	a.translate(dst, src, h, w, c, dy, dx)
}

// tap is where one coordinate of the result reads along an axis: two neighbours and their weights. An
// index of -1 is outside of the image.
type tap struct {
	i0, i1 int
	w0, w1 float32
}

// translate moves the picture down by dy pixels and right by dx. A translation reads rows and columns
// apart from each other, so that the places are worked out once for each.
func (a *randomTranslation) translate(dst, src []float32, h, w, c int, dy, dx float32) {
	var rowBuf, colBuf [64]tap
	rows, cols := a.taps(rowBuf[:0], h, dy), a.taps(colBuf[:0], w, dx)
	fill := float32(a.fillValue)
	for y, r := range rows {
		for x, q := range cols {
			out := dst[(y*w+x)*c : (y*w+x+1)*c]
			if a.interpolation == "nearest" {
				for ch := range out {
					out[ch] = at(src, r.i0, q.i0, w, c, ch, fill)
				}
				continue
			}
			w00, w01, w10, w11 := float32(r.w0*q.w0), float32(r.w0*q.w1), float32(r.w1*q.w0), float32(r.w1*q.w1)
			for ch := range out {
				v := float32(w00 * at(src, r.i0, q.i0, w, c, ch, fill))
				v += float32(w01 * at(src, r.i0, q.i1, w, c, ch, fill))
				v += float32(w10 * at(src, r.i1, q.i0, w, c, ch, fill))
				v += float32(w11 * at(src, r.i1, q.i1, w, c, ch, fill))
				out[ch] = v
			}
		}
	}
}

func at(src []float32, y, x, w, c, ch int, fill float32) float32 {
	if y < 0 || x < 0 {
		return fill
	}
	return src[(y*w+x)*c+ch]
}

// taps works out one axis: coordinate i of the result is i - shift of the source.
func (a *randomTranslation) taps(buf []tap, size int, shift float32) []tap {
	for i := range size {
		at := float32(i) - shift
		if a.interpolation == "nearest" {
			n := int(math.Round(float64(at))) // half away from zero, as JAX
			buf = append(buf, tap{i0: a.fix(n, size)})
			continue
		}
		low := float32(math.Floor(float64(at)))
		up := at - low
		n := int(low)
		buf = append(buf, tap{a.fix(n, size), a.fix(n+1, size), 1 - up, up})
	}
	return buf
}

// fix brings an index into the image by the fill mode, or returns -1.
func (a *randomTranslation) fix(i, size int) int {
	switch a.fillMode {
	case "nearest":
		return min(max(i, 0), size-1)
	case "wrap":
		return mod(i, size)
	case "reflect":
		if m := mod(i, 2*size); m < size {
			return m
		} else {
			return 2*size - 1 - m
		}
	}
	if i < 0 || i >= size {
		return -1
	}
	return i
}

func mod(i, n int) int { return (i%n + n) % n }
