package layer

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

// globalPooling2D is what global_average_pooling2d and global_max_pooling2d have in common.
type globalPooling2D struct {
	keepDims bool
	dataFormat
	Activity
}

func (p *globalPooling2D) bind(b *schema.Block) {
	p.bindFormat(b)
	b.Bool(&p.keepDims, "keepdims", "Whether height and width stay, as axes of size 1.", schema.Default(false))
	p.Activity.Bind(b)
}

// Shape is [channels], or [1, 1, channels].
func (p *globalPooling2D) Shape(in []shape.Spec) (shape.Spec, error) {
	x := in[0]
	if err := wantImage(x); err != nil {
		return x, err
	}
	if p.keepDims {
		return shape.Of(1, 1, x.Shape[2]), nil
	}
	return shape.Of(x.Shape[2]), nil
}

// Weights are none.
func (p *globalPooling2D) Weights([]shape.Spec) []Weight { return nil }

func (p *globalPooling2D) reduce(s *Scope, fn string, x *op.Node) *op.Node {
	return s.Apply(op.Reduce{Fn: fn, Axes: []int{1, 2}, KeepDims: p.keepDims}, x)
}
