package layer

import (
	"slices"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/builder/spatial"
	"github.com/dlrun/dlrun/dsl/schema"
)

// adaptivePooling is embedded by the layers that pool to a size that is given, after
// keras/src/layers/pooling/base_adaptive_pooling.py.
type adaptivePooling struct {
	rank       int
	outputSize perAxis
	dataFormat
	Activity
}

func (p *adaptivePooling) bind(b *schema.Block, rank int) {
	p.rank = rank
	p.outputSize.bind(b, rank, "output_size", "How many cells are left.", schema.AtLeast(1))
	p.bindFormat(b)
	p.Activity.Bind(b)
}

// Validate checks the list.
func (p *adaptivePooling) Validate() error { return p.outputSize.check("output_size") }

// Shape is [output_size, channels].
func (p *adaptivePooling) Shape(in []shape.Spec) (shape.Spec, error) {
	x := in[0]
	if err := wantSpatial(x, p.rank); err != nil {
		return x, err
	}
	out := append(shape.Shape(slices.Clone(p.outputSize.values())), x.Shape[p.rank])
	if err := wantSize("an output", out); err != nil {
		return x, schema.At("output_size", err)
	}
	return shape.Of(out...), nil
}

// Weights are none.
func (p *adaptivePooling) Weights([]shape.Spec) []Weight { return nil }

// pooled pools along one axis after the other.
func (p *adaptivePooling) pooled(s *Scope, of spatial.Pool, x *op.Node) *op.Node {
	for i, m := range p.outputSize.values() {
		if s.Err() != nil {
			return nil
		}
		x = spatial.AdaptiveAxis(s.Graph, of, x, 1+i, m)
	}
	return x
}
