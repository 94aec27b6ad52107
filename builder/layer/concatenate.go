package layer

import (
	"fmt"
	"slices"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("concatenate", func() Layer { return new(concatenate) })

// concatenate puts its inputs one after the other.
type concatenate struct {
	axis int
	Activity
}

func (l *concatenate) Schema(b *schema.Block) {
	b.Doc("Puts the inputs one after the other along an axis.", "keras.layers.Concatenate")
	b.Int(&l.axis, "axis", "The axis; the batch is axis 0.", schema.Default(-1))
	l.Activity.Bind(b)
}

// Mask is where one of the inputs has something, or the inputs' masks one after the other where
// these lie along the masked axis; an input without a mask counts everywhere.
func (l *concatenate) Mask(s *Scope, in, masks []*op.Node) *op.Node {
	given := slices.IndexFunc(masks, func(m *op.Node) bool { return m != nil })
	if given < 0 {
		return nil
	}
	full := slices.Clone(masks)
	for i, m := range full {
		if m != nil {
			continue
		}
		full[i] = ones(s, in[i], len(op.SpecOf(masks[given]).Shape))
	}
	axis := l.axis
	if axis < 0 {
		axis += len(op.SpecOf(in[0]).Shape)
	}
	if axis < len(op.SpecOf(full[given]).Shape) {
		return s.Apply(op.Concat{Axis: axis}, full...)
	}
	return either(s, full)
}

// InputCount is one or more.
func (*concatenate) InputCount() (least, most int) { return 1, -1 }

// Shape adds up the sizes of the axis; all others must agree. An error points at axis.
func (l *concatenate) Shape(in []shape.Spec) (shape.Spec, error) {
	out := in[0]
	out.Shape = in[0].Shape.Clone()
	axis, err := shape.Axis(l.axis, len(out.Shape))
	if err != nil {
		return shape.Spec{}, schema.At("axis", err)
	}
	for i, s := range in[1:] {
		if len(s.Shape) != len(out.Shape) {
			return shape.Spec{}, schema.Atf("axis", "input 0, %s, and input %d, %s, have different numbers of axes", in[0], i+1, s)
		}
		if s.DType != out.DType {
			return shape.Spec{}, fmt.Errorf("input 0 holds %s and input %d %s", out.DType, i+1, s.DType)
		}
		for k, d := range s.Shape {
			o := &out.Shape[k]
			switch {
			case k == axis && (*o == shape.Unknown || d == shape.Unknown):
				*o = shape.Unknown
			case k == axis:
				*o += d
			case *o == shape.Unknown:
				*o = d
			case d != *o && d != shape.Unknown:
				return shape.Spec{}, schema.Atf("axis", "input 0, %s, and input %d, %s, differ in axis %d; along axis %d they can be put together only where all other sizes agree",
					in[0], i+1, s, k+1, axis+1)
			}
		}
	}
	return out, nil
}

// Weights is empty.
func (*concatenate) Weights([]shape.Spec) []Weight { return nil }

// Build copies.
func (l *concatenate) Build(s *Scope, in []*op.Node) *op.Node {
	if len(in) == 1 {
		return in[0]
	}
	axis, err := shape.Axis(l.axis, len(in[0].Shape())-1)
	if err != nil {
		return s.Fail(err)
	}
	return s.Apply(op.Concat{Axis: axis + 1}, in...)
}

// moved implements anyOrder: along channels that are axis 1.
func (l *concatenate) moved(axes int) Layer {
	if l.axis != 1 && l.axis != 1-axes {
		return nil
	}
	last := *l
	last.axis = -1
	return &last
}
