package layer

import (
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
	return op.UnitLength(s.Graph, in[0], 1e-12, axes...)
}
