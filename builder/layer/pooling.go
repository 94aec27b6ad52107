package layer

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/builder/spatial"
	"github.com/dlrun/dlrun/dsl/schema"
)

// pooling is embedded by max and average pooling over one and three axes, after
// keras/src/layers/pooling/base_pooling.py.
type pooling struct {
	rank     int
	poolSize perAxis
	strides  perAxis
	padding  string
	dataFormat
	Activity
}

func (p *pooling) bind(b *schema.Block, rank int, opts ...schema.Option) {
	p.rank = rank
	p.poolSize.bind(b, rank, "pool_size", "Size of the window.", append(opts, schema.AtLeast(1))...)
	p.strides.bind(b, rank, "strides", "Step of the window; pool_size when left out.", schema.AtLeast(1), schema.Optional())
	bindPaddings(b, &p.padding)
	p.bindFormat(b)
	p.Activity.Bind(b)
}

// Validate checks the lists.
func (p *pooling) Validate() error {
	if err := p.poolSize.check("pool_size"); err != nil {
		return err
	}
	return p.strides.check("strides")
}

func (p *pooling) window() sliding {
	w := sliding{size: p.poolSize.values(), strides: p.strides.values(), padding: p.padding}
	if w.strides == nil {
		w.strides = w.size
	}
	return w
}

// Shape is [positions of the window, channels].
func (p *pooling) Shape(in []shape.Spec) (shape.Spec, error) {
	x := in[0]
	if err := wantSpatial(x, p.rank); err != nil {
		return x, err
	}
	w := p.window()
	out, err := w.positions("pool_size", x)
	if err != nil {
		return x, err
	}
	return shape.Of(append(out, x.Shape[p.rank])...), nil
}

// Weights are none.
func (p *pooling) Weights([]shape.Spec) []Weight { return nil }

// pooled is spatial.Pooled.
func pooled(s *Scope, w sliding, of spatial.Pool, x *op.Node) *op.Node {
	return spatial.Pooled(s.Graph, w.window(), of, x)
}
