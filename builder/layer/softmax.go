package layer

import (
	"errors"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("softmax", func() Layer { return new(softmax) })

// softmax makes probabilities that add up to 1 along some axes.
type softmax struct {
	axis []int
	elementwise
}

func (l *softmax) Schema(b *schema.Block) {
	b.Doc("Probabilities that add up to 1 along an axis, or over several.", "keras.layers.Softmax")
	b.IntOrInts(&l.axis, "axis", "Axis, or axes, over which the sum is 1; the batch is axis 0.", schema.Default(-1))
	l.Activity.Bind(b)
}

// Shape is that of the input; an error points at axis.
func (l *softmax) Shape(in []shape.Spec) (shape.Spec, error) {
	if _, err := normalizedAxes(in[0], l.axis...); err != nil {
		return shape.Spec{}, err
	}
	return l.elementwise.Shape(in)
}

// Build brings several axes together as the last one.
func (l *softmax) Build(s *Scope, in []*op.Node) *op.Node {
	if s.Mask() != nil {
		return s.Fail(errors.New("softmax of a masked input (mask_zero) is not in this version of dlrun; the activation \"softmax\" is"))
	}
	x := in[0]
	over, err := normalizedAxes(shape.Of(x.Shape()[1:]...), l.axis...)
	if err != nil {
		return s.Fail(err)
	}
	if len(over) == 1 {
		return s.Apply(op.Softmax{Axis: over[0] + 1}, x)
	}
	is := map[int]bool{}
	for _, a := range over {
		is[a+1] = true
	}
	var perm, outer []int
	size := 1
	for i, d := range x.Shape() {
		if is[i] {
			size *= d
		} else {
			perm, outer = append(perm, i), append(outer, d)
		}
	}
	for _, a := range over {
		perm = append(perm, a+1)
	}
	t := s.Apply(op.Transpose{Perm: perm}, x)
	if s.Err() != nil {
		return nil
	}
	moved := append([]int(nil), t.Shape()...)
	y := s.Apply(op.Softmax{Axis: len(outer)}, s.Apply(op.Reshape{To: append(outer, size)}, t))
	back := make([]int, len(perm))
	for i, p := range perm {
		back[p] = i
	}
	return s.Apply(op.Transpose{Perm: back}, s.Apply(op.Reshape{To: moved}, y))
}
