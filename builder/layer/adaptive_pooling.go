package layer

import (
	"slices"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

// adaptivePooling is embedded by the layers that pool to a size that is given, after
// keras/src/backend/jax/nn.py: adaptive_average_pool. Window i of m over n cells goes from ⌊i·n/m⌋ up
// to, but without, ⌈(i+1)·n/m⌉.
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
func (p *adaptivePooling) pooled(s *Scope, of pool, x *op.Node) *op.Node {
	for i, m := range p.outputSize.values() {
		if s.Err() != nil {
			return nil
		}
		x = adaptiveAxis(s, of, x, 1+i, m)
	}
	return x
}

// adaptiveAxis pools the n cells along an axis into m. Where windows are of one size and as far apart
// it is one operation. Else they are of two sizes; windows of both are laid everywhere, and those that
// are wanted cut out.
func adaptiveAxis(s *Scope, of pool, x *op.Node, axis, m int) *op.Node {
	d := op.SpecOf(x).Shape
	n := d[axis]
	line := reshaped(s, x, shape.Shape(d[:axis]).Size(), n, 1, shape.Shape(d[axis+1:]).Size())
	apply := func(size, step int) *op.Node {
		return s.Apply(of(op.Window{Size: [2]int{size, 1}, Strides: [2]int{step, 1}}), line)
	}
	out := slices.Clone(d)
	out[axis] = m
	if n%m == 0 {
		return reshaped(s, apply(n/m, n/m), out...)
	}
	laid := map[int]*op.Node{} // by size
	var parts []*op.Node
	for i := range m {
		begin, end := i*n/m, ((i+1)*n+m-1)/m
		if laid[end-begin] == nil {
			laid[end-begin] = apply(end-begin, 1)
		}
		if s.Err() != nil {
			return nil
		}
		all := laid[end-begin]
		parts = append(parts, s.Apply(op.SliceAxis(op.SpecOf(all), 1, begin, begin+1), all))
	}
	return reshaped(s, s.Apply(op.Concat{Axis: 1}, parts...), out...)
}
