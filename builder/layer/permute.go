package layer

import (
	"fmt"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("permute", func() Layer { return new(permute) })

// permute moves axes.
type permute struct {
	dims []int
	Activity
}

func (l *permute) Schema(b *schema.Block) {
	b.Doc("Puts the axes into another order.", "keras.layers.Permute")
	b.Ints(&l.dims, "dims", "For each axis of the output the axis of the input that it is; the first after the batch is 1.", schema.AtLeast(1))
	l.Activity.Bind(b)
}

// Shape moves the sizes; an error points at dims.
func (l *permute) Shape(in []shape.Spec) (shape.Spec, error) {
	out := in[0]
	out.Shape = make(shape.Shape, len(in[0].Shape))
	seen := make([]bool, len(out.Shape)+1)
	for i, d := range l.dims {
		if len(l.dims) != len(out.Shape) || d < 1 || d > len(out.Shape) || seen[d] {
			return shape.Spec{}, schema.At("dims", fmt.Errorf("%s is no order of the axes 1 to %d of the input %s", schema.List(l.dims), len(out.Shape), in[0]))
		}
		seen[d] = true
		out.Shape[i] = in[0].Shape[d-1]
	}
	if len(l.dims) != len(out.Shape) {
		return shape.Spec{}, schema.At("dims", fmt.Errorf("no axis is named, the input %s has %d", in[0], len(out.Shape)))
	}
	return out, nil
}

// Weights is empty.
func (*permute) Weights([]shape.Spec) []Weight { return nil }

// Build moves the axes.
func (l *permute) Build(s *Scope, in []*op.Node) *op.Node {
	return s.Apply(op.Transpose{Perm: append([]int{0}, l.dims...)}, in[0])
}
