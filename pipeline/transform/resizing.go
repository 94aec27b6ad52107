package transform

import (
	"fmt"
	"sync"

	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/pipeline/column"
	"github.com/dlrun/dlrun/pipeline/raster"
)

var _ = Register("resizing", func() Transform { return new(resizing) })

// resizing brings pictures to a size. Keras: layers/preprocessing/image_preprocessing/resizing.py.
type resizing struct {
	height, width int
	interpolation string
	crop, pad     bool
	fill          float64
	antialias     bool
	picture
}

func (t *resizing) Schema(b *schema.Block) {
	b.Doc("Brings pictures to a height and width.", "keras.layers.Resizing")
	b.Int(&t.height, "height", "Height in pixels.", schema.AtLeast(1), schema.AtMost(1<<14))
	b.Int(&t.width, "width", "Width in pixels.", schema.AtLeast(1), schema.AtMost(1<<14))
	b.Enum(&t.interpolation, "interpolation", "How values between pixels are found.", raster.Interpolations, schema.Default("bilinear"))
	b.Bool(&t.crop, "crop_to_aspect_ratio", "Cut out the largest middle part of the wanted proportions first, rather than distort.", schema.Default(false))
	b.Bool(&t.pad, "pad_to_aspect_ratio", "Add borders to reach the wanted proportions first, rather than distort.", schema.Default(false))
	b.Float(&t.fill, "fill_value", "The value of the borders.", schema.Default(0.0))
	b.Bool(&t.antialias, "antialias", "Smooth a picture that gets smaller.", schema.Default(false))
}

func (t *resizing) Validate() error {
	if t.crop && t.pad {
		return schema.Atf("pad_to_aspect_ratio", "a picture is either cropped or padded; keep one")
	}
	return nil
}

func (t *resizing) Out(in column.Field) (column.Field, error) {
	return t.out(in, t.height, t.width)
}

// Once is true: a picture is resized once, not in each epoch.
func (t *resizing) Once() bool { return true }

func (t *resizing) Apply(dst, src *column.Values) error {
	how := raster.Distort
	switch {
	case t.crop:
		how = raster.Crop
	case t.pad:
		how = raster.Pad
	}
	return t.resize(dst, src, how, t.interpolation, t.antialias, float32(t.fill))
}

// picture is what the transforms of pictures share: rows of shape [height, width, channels].
type picture struct{ free sync.Pool } // of *pictureScratch

type pictureScratch struct {
	in   column.Values
	cut  []float32
	sums []float32
}

func (p *picture) out(in column.Field, height, width int) (column.Field, error) {
	if err := numeric(in); err != nil {
		return in, err
	}
	if !in.Known {
		return in.WithKind(column.Float32), nil
	}
	if len(in.Shape) != 3 {
		return in, fmt.Errorf("it takes pictures of shape [height, width, channels], and column %q is %s", in.Name, in.Describe())
	}
	return in.With(column.Float32, []int{height, width, in.Shape[2]}), nil
}

// resize fits each picture of src, of any kind of numbers, to the shape of dst.
func (p *picture) resize(dst, src *column.Values, how int, interpolation string, antialias bool, fill float32) error {
	s, ok := p.free.Get().(*pictureScratch)
	if !ok {
		s = new(pictureScratch)
	}
	defer p.free.Put(s)
	s.in.Reset(column.Float32, src.Shape, src.Rows)
	if err := column.Convert(&s.in, src); err != nil {
		return err
	}
	h, w, c := src.Shape[0], src.Shape[1], src.Shape[2]
	to := [2]int{dst.Shape[0], dst.Shape[1]}
	win := raster.Fit([2]int{h, w}, to, how)
	if n := win.Height * win.Width * c; cap(s.cut) < n {
		s.cut = make([]float32, n)
	} else {
		s.cut = s.cut[:n]
	}
	r := raster.NewResizer([2]int{win.Height, win.Width}, to, interpolation, antialias)
	from, size := src.Size(), dst.Size()
	for row := range src.Rows {
		raster.Cut(win, s.cut, s.in.F32[row*from:][:from], h, w, c, fill)
		r.Resize(dst.F32[row*size:][:size], s.cut, c, &s.sums)
	}
	return nil
}
