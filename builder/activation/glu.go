package activation

import (
	"fmt"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("glu", func() Activation { return new(glu) })

// glu is the gated linear unit (Dauphin et al., 2017, arXiv:1612.08083): one half of an axis, weighed
// by the other.
type glu struct{ alongAxis }

func (a *glu) Schema(b *schema.Block) {
	b.Doc("Gated linear unit: the first half of an axis times the sigmoid of the second.", "keras.activations.glu",
		"The axis has half its size afterwards.")
	a.bind(b)
}

// Shape halves the axis.
func (a *glu) Shape(in shape.Shape) (shape.Shape, error) {
	i, err := shape.Axis(a.axis, len(in))
	if err != nil {
		return nil, err
	}
	out := in.Clone()
	if in[i] != shape.Unknown {
		if in[i]%2 != 0 {
			return nil, fmt.Errorf("glu halves axis %d, whose size in %v is odd", a.axis, in)
		}
		out[i] = in[i] / 2
	}
	return out, nil
}

// Build applies the function to x.
func (a *glu) Build(g *op.Graph, x *op.Node) *op.Node {
	s, axis := op.SpecOf(x), a.of(x)
	half := s.Shape[axis] / 2
	gate := g.Apply(op.SliceAxis(s, axis, half, 2*half), x)
	return g.Apply(op.Binary{Fn: "mul"}, g.Apply(op.SliceAxis(s, axis, 0, half), x), g.Apply(op.Unary{Fn: "sigmoid"}, gate))
}
