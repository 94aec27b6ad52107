package layer

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("prelu", func() Layer { return new(prelu) })

// prelu learns the slope below 0 (He et al., 2015, arXiv:1502.01852).
type prelu struct {
	alpha      WeightArgs
	sharedAxes []int
	elementwise
}

func (l *prelu) Schema(b *schema.Block) {
	b.Doc("Rectified linear unit that learns its slopes below 0.", "keras.layers.PReLU")
	l.alpha.Bind(b, "alpha", "zeros")
	b.IntOrInts(&l.sharedAxes, "shared_axes", "Axes along which one slope serves all; the batch is axis 0. [1, 2] after a conv2d gives one slope for each channel.",
		schema.Optional(), schema.AtLeast(1))
	l.Activity.Bind(b)
}

// Shape is that of the input; an error points at shared_axes.
func (l *prelu) Shape(in []shape.Spec) (shape.Spec, error) {
	for _, a := range l.sharedAxes {
		if _, err := shape.Axis(a, len(in[0].Shape)); err != nil {
			return shape.Spec{}, schema.At("shared_axes", err)
		}
	}
	return l.elementwise.Shape(in)
}

// Weights is alpha: a slope for each element of the input, or for all along the shared axes.
func (l *prelu) Weights(in []shape.Spec) []Weight {
	s := in[0].Shape.Clone()
	for _, a := range l.sharedAxes {
		s[a-1] = 1
	}
	return []Weight{{Name: "alpha", Shape: s, Args: l.alpha}}
}

// Build is relu(x) - alpha·relu(-x).
func (l *prelu) Build(s *Scope, in []*op.Node) *op.Node {
	below := s.Apply(op.Unary{Fn: "relu"}, s.Apply(op.Unary{Fn: "neg"}, in[0]))
	return s.Apply(op.Binary{Fn: "sub"}, s.Apply(op.Unary{Fn: "relu"}, in[0]), s.Apply(op.Binary{Fn: "mul"}, below, s.Weight("alpha")))
}
