package layer

import (
	"math"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("unit_normalization", func() Layer { return new(unitNormalization) })

// unitNormalization divides each example by its length.
type unitNormalization struct {
	axis []int
	elementwise
}

func (n *unitNormalization) Schema(b *schema.Block) {
	b.Doc("Gives each example, along one or several axes, a length of 1.", "keras.layers.UnitNormalization")
	b.IntOrInts(&n.axis, "axis", "Axis or axes along which the length is taken, the batch being 0.", schema.Default(-1))
	n.Activity.Bind(b)
}

// Shape is that of the input; an error points at axis.
func (n *unitNormalization) Shape(in []shape.Spec) (shape.Spec, error) {
	if err := wantFloats(in[0]); err != nil {
		return in[0], err
	}
	_, err := normalizedAxes(in[0], n.axis...)
	return in[0], err
}

// Build is x / max(|x|, 1e-12).
func (n *unitNormalization) Build(s *Scope, in []*op.Node) *op.Node {
	axes, err := normalizedAxes(shape.Of(op.SpecOf(in[0]).Shape[1:]...), n.axis...)
	if err != nil {
		return s.Fail(err)
	}
	for i := range axes {
		axes[i]++ // the batch
	}
	return unitLength(s, in[0], 1e-12, axes...)
}

// unitLength is x / max(|x|, epsilon), the length being taken along axes. Shorter values have no
// gradient through their length (in Keras on JAX it is NaN at 0).
func unitLength(s *Scope, x *op.Node, epsilon float64, axes ...int) *op.Node {
	sum := s.Apply(op.Reduce{Fn: "sum", Axes: axes, KeepDims: true}, s.Apply(op.Unary{Fn: "square"}, x))
	sum = s.Apply(op.Unary{Fn: "clip", A: epsilon * epsilon, B: math.MaxFloat32}, sum)
	return s.Apply(op.Binary{Fn: "mul"}, x, s.Apply(op.Unary{Fn: "rsqrt"}, sum))
}
