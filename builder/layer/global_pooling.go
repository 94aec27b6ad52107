package layer

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

// globalPooling is embedded by global pooling over one and three axes.
type globalPooling struct {
	rank     int
	keepDims bool
	dataFormat
	Activity
}

func (p *globalPooling) bind(b *schema.Block, rank int) {
	p.rank = rank
	p.bindFormat(b)
	b.Bool(&p.keepDims, "keepdims", "Whether the axes that are pooled stay, with size 1.", schema.Default(false))
	p.Activity.Bind(b)
}

// Shape is [channels], or [1..., channels].
func (p *globalPooling) Shape(in []shape.Spec) (shape.Spec, error) {
	x := in[0]
	if err := wantSpatial(x, p.rank); err != nil {
		return x, err
	}
	if p.keepDims {
		return shape.Of(append(fill(p.rank, 1), x.Shape[p.rank])...), nil
	}
	return shape.Of(x.Shape[p.rank]), nil
}

// Weights are none.
func (p *globalPooling) Weights([]shape.Spec) []Weight { return nil }

func (p *globalPooling) reduce(s *Scope, fn string, x *op.Node) *op.Node {
	axes := []int{1, 2, 3}[:p.rank]
	return s.Apply(op.Reduce{Fn: fn, Axes: axes, KeepDims: p.keepDims}, x)
}
