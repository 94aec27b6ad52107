package layer

import (
	"fmt"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("rescaling", func() Layer { return new(rescaling) })

// rescaling is x·scale + offset.
type rescaling struct {
	scale, offset []float64
	Activity
	Masking
}

func (l *rescaling) Schema(b *schema.Block) {
	b.Doc("Multiplies by a scale and adds an offset, as in scale = 1 / 255 for the bytes of an image.", "keras.layers.Rescaling")
	b.FloatOrFloats(&l.scale, "scale", "Factor; a list has one for each element of the last axis.")
	b.FloatOrFloats(&l.offset, "offset", "What is added after that; a list has one for each element of the last axis.", schema.Default(0.0))
	l.Activity.Bind(b)
}

// Shape is that of the input; integers become floats.
func (l *rescaling) Shape(in []shape.Spec) (shape.Spec, error) {
	out := in[0]
	out.DType = shape.Float32
	for k, list := range [][]float64{l.scale, l.offset} {
		if len(list) == 1 {
			continue
		}
		arg := []string{"scale", "offset"}[k]
		last := len(in[0].Shape) - 1
		if last < 0 || in[0].Shape[last] != len(list) && in[0].Shape[last] != shape.Unknown {
			return shape.Spec{}, schema.At(arg, fmt.Errorf("%s has %d numbers: one is wanted, or one for each element of the last axis of the input %s", arg, len(list), in[0]))
		}
	}
	return out, nil
}

// Weights is empty.
func (*rescaling) Weights([]shape.Spec) []Weight { return nil }

// Build scales.
func (l *rescaling) Build(s *Scope, in []*op.Node) *op.Node {
	x := in[0]
	if op.SpecOf(x).DType == op.Int32 {
		x = s.Apply(op.Cast{To: s.DType}, x)
	}
	if len(l.scale) == 1 && len(l.offset) == 1 {
		return s.Apply(op.Unary{Fn: "affine", A: l.scale[0], B: l.offset[0]}, x)
	}
	n := x.Shape()[len(x.Shape())-1]
	return s.Apply(op.Rescale{Scale: repeated(l.scale, n), Offset: repeated(l.offset, n)}, x)
}

// repeated is the list, or its only element n times.
func repeated(list []float64, n int) []float64 {
	if len(list) != 1 {
		return list
	}
	out := make([]float64, n)
	for i := range out {
		out[i] = list[0]
	}
	return out
}
