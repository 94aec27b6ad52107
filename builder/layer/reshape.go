package layer

import (
	"fmt"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("reshape", func() Layer { return new(reshape) })

// reshape sees its input in another shape.
type reshape struct {
	targetShape []int
	Activity
}

func (l *reshape) Schema(b *schema.Block) {
	b.Doc("Gives its input another shape of as many elements.", "keras.layers.Reshape")
	b.Ints(&l.targetShape, "target_shape", "The shape without the batch axis; one size may be -1, to be what is left.", schema.AtLeast(-1))
	l.Activity.Bind(b)
}

// Validate allows one size to be left open.
func (l *reshape) Validate() error {
	open := 0
	for _, d := range l.targetShape {
		if d == -1 {
			open++
		}
	}
	if open > 1 {
		return schema.Atf("target_shape", "%s leaves %d sizes open; one can be found from the number of elements", schema.List(l.targetShape), open)
	}
	return nil
}

// Shape fills in the open size; an error points at target_shape.
func (l *reshape) Shape(in []shape.Spec) (shape.Spec, error) {
	out := in[0]
	s, err := l.target(in[0].Shape)
	if err != nil {
		return shape.Spec{}, schema.At("target_shape", err)
	}
	out.Shape = s
	return out, nil
}

func (l *reshape) target(in shape.Shape) (shape.Shape, error) {
	out := append(shape.Shape{}, l.targetShape...)
	open, known := -1, 1
	for i, d := range out {
		if d == -1 {
			open = i
		} else {
			known *= d
		}
	}
	n := in.Size()
	switch {
	case n == shape.Unknown:
		return out, nil // -1 is how an unknown dimension is written
	case open < 0 && known != n:
		return nil, fmt.Errorf("%s has %d elements, the input %s has %d", out, known, in, n)
	case open < 0:
		return out, nil
	case known == 0 || n%known != 0:
		return nil, fmt.Errorf("the %d elements of the input %s cannot be shared out over the %d that %s names", n, in, known, schema.List(l.targetShape))
	}
	out[open] = n / known
	return out, nil
}

// Weights is empty.
func (*reshape) Weights([]shape.Spec) []Weight { return nil }

// Build moves no data.
func (l *reshape) Build(s *Scope, in []*op.Node) *op.Node {
	x := in[0].Shape()
	to, err := l.target(shape.Shape(x[1:]))
	if err != nil {
		return s.Fail(err)
	}
	return s.Apply(op.Reshape{To: to.Batched(x[0])}, in[0])
}
