package transform

import (
	"github.com/zclconf/go-cty/cty"

	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/pipeline/column"
)

var _ = Register("rescaling", func() Transform { return new(rescaling) })

// rescaling computes x * scale + offset in float32. Keras: layers/preprocessing/rescaling.py.
type rescaling struct {
	scale, offset cty.Value // a number, or one for each index of the last axis
}

func (t *rescaling) Schema(b *schema.Block) {
	b.Doc("Multiplies by a scale and adds an offset.", "keras.layers.Rescaling")
	b.Value(&t.scale, "scale", "Factor; a list has one for each index of the last axis.", isNumbers)
	b.Value(&t.offset, "offset", "Added after scaling; a number or a list as scale.", isNumbers, schema.Default(0))
}

func (t *rescaling) Out(in column.Field) (column.Field, error) {
	if err := numeric(in); err != nil {
		return in, err
	}
	if err := fitsLastAxis("scale", t.scale, in); err != nil {
		return in, err
	}
	return in.WithKind(column.Float32), fitsLastAxis("offset", t.offset, in)
}

// fitsLastAxis checks that a list has as many elements as the last axis.
func fitsLastAxis(arg string, v cty.Value, in column.Field) error {
	if v == cty.NilVal || v.Type() == cty.Number || !in.Known || v.LengthInt() == 1 {
		return nil
	}
	if len(in.Shape) == 0 {
		return schema.Atf(arg, "a list of %d is given, and a row of %q is a single number", v.LengthInt(), in.Name)
	}
	if last := in.Shape[len(in.Shape)-1]; last >= 0 && last != v.LengthInt() {
		return schema.Atf(arg, "a list of %d is given, and the last axis of %q, %s, has %d", v.LengthInt(), in.Name, column.ShapeString(in.Shape), last)
	}
	return nil
}

// ByChannel is true: scale and offset belong to the last axis.
func (t *rescaling) ByChannel(column.Field) bool { return true }

func (t *rescaling) Apply(dst, src *column.Values) error {
	scale, offset := floats(t.scale), floats(t.offset)
	if len(scale) == 1 && len(offset) == 1 {
		s, o := scale[0], offset[0]
		switch src.Kind {
		case column.Uint8:
			affine(dst.F32, src.U8, s, o)
		case column.Int32:
			affine(dst.F32, src.I32, s, o)
		case column.Int64:
			affine(dst.F32, src.I64, s, o)
		case column.Float32:
			affine(dst.F32, src.F32, s, o)
		}
		return nil
	}
	if err := column.Convert(dst, src); err != nil {
		return err
	}
	for i, x := range dst.F32 {
		dst.F32[i] = float32(x*scale[i%len(scale)]) + offset[i%len(offset)]
	}
	return nil
}

func affine[T uint8 | int32 | int64 | float32](dst []float32, src []T, scale, offset float32) {
	dst = dst[:len(src)]
	for i, x := range src {
		dst[i] = float32(float32(x)*scale) + offset
	}
}

// Undo computes (x - offset) / scale. A scale of 0 forgot the value: it comes back infinite or NaN.
func (t *rescaling) Undo(values []float32, shape []int) {
	scale, offset := floats(t.scale), floats(t.offset)
	for i, x := range values {
		values[i] = (x - offset[i%len(offset)]) / scale[i%len(scale)]
	}
}
