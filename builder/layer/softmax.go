package layer

import (
	"fmt"
	"slices"

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

// Build leaves out what is masked.
func (l *softmax) Build(s *Scope, in []*op.Node) *op.Node {
	mask := s.Mask()
	if mask == nil {
		return l.probabilities(s, in[0])
	}
	if to, err := op.Broadcast(op.SpecOf(in[0]).Shape, op.SpecOf(mask).Shape); err != nil || !slices.Equal(to, op.SpecOf(in[0]).Shape) {
		return s.Fail(fmt.Errorf("the mask of shape %v does not stretch to the input's %v; the activation \"softmax\" takes no mask", op.SpecOf(mask).Shape, op.SpecOf(in[0]).Shape))
	}
	// As keras/src/layers/activations/softmax.py: far below the others, and 0 also where all are masked.
	low := s.Apply(op.Unary{Fn: "affine", A: 1e9, B: -1e9}, mask)
	y := l.probabilities(s, s.Apply(op.Binary{Fn: "add"}, in[0], low))
	return s.Apply(op.Binary{Fn: "mul"}, y, mask)
}

// probabilities brings several axes together as the last one.
func (l *softmax) probabilities(s *Scope, x *op.Node) *op.Node {
	if s.Err() != nil {
		return nil
	}
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
