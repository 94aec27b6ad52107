package transform

import (
	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/pipeline/column"
	"github.com/dlrun/dlrun/pipeline/raster"
)

var _ = Register("center_crop", func() Transform { return new(centerCrop) })

// centerCrop cuts the middle out of pictures. Keras:
// layers/preprocessing/image_preprocessing/center_crop.py.
type centerCrop struct {
	height, width int
	picture
}

func (t *centerCrop) Schema(b *schema.Block) {
	b.Doc("Cuts the middle out of pictures.", "keras.layers.CenterCrop",
		"A picture that is smaller in one direction has the largest middle part of the proportions cut out, and that resized.")
	b.Int(&t.height, "height", "Height in pixels.", schema.AtLeast(1), schema.AtMost(1<<14))
	b.Int(&t.width, "width", "Width in pixels.", schema.AtLeast(1), schema.AtMost(1<<14))
}

func (t *centerCrop) Out(in column.Field) (column.Field, error) { return t.out(in, t.height, t.width) }

func (t *centerCrop) Apply(dst, src *column.Values) error {
	h, w, c := src.Shape[0], src.Shape[1], src.Shape[2]
	if h < t.height || w < t.width {
		return t.resize(dst, src, raster.Crop, "bilinear", false, 0)
	}
	all := column.Values{Kind: column.Float32, Rows: src.Rows, Shape: src.Shape, F32: src.F32}
	if src.Kind != column.Float32 {
		all = *column.Make(column.Float32, src.Shape, src.Rows)
		if err := column.Convert(&all, src); err != nil {
			return err
		}
	}
	win := raster.Window{Top: (h - t.height) / 2, Left: (w - t.width) / 2, Height: t.height, Width: t.width}
	from, size := src.Size(), dst.Size()
	for row := range src.Rows {
		raster.Cut(win, dst.F32[row*size:][:size], all.F32[row*from:][:from], h, w, c, 0)
	}
	return nil
}
