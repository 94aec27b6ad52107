package layer

import (
	"fmt"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("masking", func() Layer { return new(masking) })

// masking makes a mask of a value that stands for nothing.
type masking struct {
	value float64
	Activity
}

func (l *masking) Schema(b *schema.Block) {
	b.Doc("Marks the steps all of whose features are mask_value: later layers, losses and metrics leave them out.", "keras.layers.Masking",
		"The features of these steps become 0.")
	b.Float(&l.value, "mask_value", "Value that stands for nothing.", schema.Default(0.0))
	l.Activity.Bind(b)
}

// Shape is that of the input.
func (l *masking) Shape(in []shape.Spec) (shape.Spec, error) {
	x := in[0]
	if err := wantFloats(x); err != nil {
		return x, err
	}
	if len(x.Shape) == 0 {
		return x, fmt.Errorf("a masking layer wants an input with features, got %s", x)
	}
	return x, nil
}

// Weights are none.
func (l *masking) Weights([]shape.Spec) []Weight { return nil }

// counts is 1 for each step one of whose features is another value; the axis of features stays, with size 1.
func (l *masking) counts(s *Scope, x *op.Node) *op.Node {
	return s.Apply(op.Reduce{Fn: "max", Axes: []int{-1}, KeepDims: true}, s.Apply(op.NotEqual{Value: l.value, To: s.DType}, x))
}

// Build puts zeros where nothing counts.
func (l *masking) Build(s *Scope, in []*op.Node) *op.Node {
	return s.Apply(op.Binary{Fn: "mul"}, in[0], l.counts(s, in[0]))
}

// Mask is where something counts.
func (l *masking) Mask(s *Scope, in, _ []*op.Node) *op.Node {
	n := in[0].Shape()
	return s.Apply(op.Reshape{To: n[:len(n)-1]}, l.counts(s, in[0]))
}
