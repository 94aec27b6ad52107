package layer

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

// upSampling is embedded by the layers that repeat cells along their spatial axes, or put new ones
// between them.
type upSampling struct {
	rank   int
	size   perAxis
	method string // of op.Resize
	dataFormat
	Activity
}

func (l *upSampling) bind(b *schema.Block, rank int) {
	l.rank, l.method = rank, "nearest"
	l.size.bind(b, rank, "size", "How many cells become of each.", schema.AtLeast(1), schema.Default(2))
	if rank > 1 {
		l.bindFormat(b)
	}
}

// Validate checks the list.
func (l *upSampling) Validate() error { return l.size.check("size") }

// Shape multiplies the sizes.
func (l *upSampling) Shape(in []shape.Spec) (shape.Spec, error) {
	x := in[0]
	if err := wantSpatial(x, l.rank); err != nil {
		return x, err
	}
	out := x.Shape.Clone()
	for i, k := range l.size.values() {
		out[i] = multiplied(out[i], k)
	}
	if err := wantSize("an output", out); err != nil {
		return x, schema.At("size", err)
	}
	return shape.Of(out...), nil
}

// Weights is empty.
func (*upSampling) Weights([]shape.Spec) []Weight { return nil }

// Build samples along one axis after the other.
func (l *upSampling) Build(s *Scope, in []*op.Node) *op.Node {
	x := in[0]
	for i, k := range l.size.values() {
		if s.Err() != nil {
			return nil
		}
		if k > 1 {
			x = s.Apply(op.Resize{Axis: 1 + i, To: k * op.SpecOf(x).Shape[1+i], Method: l.method}, x)
		}
	}
	return x
}
