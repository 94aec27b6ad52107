package layer

import (
	"slices"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("rms_normalization", func() Layer { return new(rmsNormalization) })

// rmsNormalization divides each example by its root mean square (Zhang and Sennrich, 2019,
// arXiv:1910.07467).
type rmsNormalization struct {
	axis    []int
	epsilon float64
	scale   WeightArgs
	Activity
}

func (n *rmsNormalization) Schema(b *schema.Block) {
	b.Doc("Gives the values of each example along one or several axes a root mean square of 1, and multiplies them by what is learned.", "keras.layers.RMSNormalization")
	b.IntOrInts(&n.axis, "axis", "Axis or axes that are normalized together, the batch being 0: the last, or the last few.", schema.Default(-1))
	b.Float(&n.epsilon, "epsilon", "Small number added to the mean square.", schema.AtLeast(0), schema.Default(1e-6))
	n.scale.fix("ones")
	n.Activity.Bind(b)
}

// lastAxes are the axes in order; they must be the last ones, since Keras' scale lies along these.
func (n *rmsNormalization) lastAxes(x shape.Spec) ([]int, error) {
	axes, err := normalizedAxes(x, n.axis...)
	if err != nil {
		return nil, err
	}
	slices.Sort(axes)
	if axes[0] != len(x.Shape)-len(axes) {
		return nil, schema.Atf("axis", "the scale lies along the last axes of the input %s, so these must be the ones that are normalized: axis = -1, or [-2, -1], ...", x)
	}
	return axes, nil
}

// Shape is that of the input; an error points at axis.
func (n *rmsNormalization) Shape(in []shape.Spec) (shape.Spec, error) {
	if err := wantFloats(in[0]); err != nil {
		return in[0], err
	}
	_, err := n.lastAxes(in[0])
	return in[0], err
}

// Weights is scale, of the sizes of the axes.
func (n *rmsNormalization) Weights(in []shape.Spec) []Weight {
	axes, err := n.lastAxes(in[0])
	if err != nil {
		return nil // Shape has said so
	}
	return []Weight{{Name: "scale", Shape: in[0].Shape[axes[0]:].Clone(), Args: n.scale}}
}

// Build is x / √(mean of x² + epsilon) · scale.
func (n *rmsNormalization) Build(s *Scope, in []*op.Node) *op.Node {
	d := op.SpecOf(in[0]).Shape
	axes, err := n.lastAxes(shape.Of(d[1:]...))
	if err != nil {
		return s.Fail(err)
	}
	for i := range axes {
		axes[i]++ // the batch
	}
	m := s.Apply(op.Reduce{Fn: "mean", Axes: axes, KeepDims: true}, s.Apply(op.Unary{Fn: "square"}, in[0]))
	root := s.Apply(op.Unary{Fn: "rsqrt"}, s.Apply(op.Unary{Fn: "affine", A: 1, B: n.epsilon}, m))
	return s.Apply(op.Binary{Fn: "mul"}, s.Apply(op.Binary{Fn: "mul"}, in[0], root), s.Weight("scale"))
}
