package loss

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("categorical_hinge", func() Loss { return new(categoricalHinge) })

// categoricalHinge is max(neg - pos + 1, 0) of pos = Σ y·p and neg = max (1-y)·p.
type categoricalHinge struct{ pointwise }

func (l *categoricalHinge) Schema(b *schema.Block) {
	b.Doc("Maximum-margin loss of one-hot targets: the output of the true class is to be larger by 1 than that of any other.", "keras.losses.CategoricalHinge")
	l.bind(b)
}

// Build returns the values, [batch, ...] without the last axis.
func (l *categoricalHinge) Build(g *op.Graph, y, output *op.Node) *op.Node {
	y, output = align(g, y, output)
	if g.Err() != nil {
		return nil
	}
	last := []int{len(op.SpecOf(output).Shape) - 1}
	others := g.Apply(op.Unary{Fn: "affine", A: -1, B: 1}, y)
	pos := g.Apply(op.Reduce{Fn: "sum", Axes: last}, g.Apply(op.Binary{Fn: "mul"}, y, output))
	neg := g.Apply(op.Reduce{Fn: "max", Axes: last}, g.Apply(op.Binary{Fn: "mul"}, others, output))
	margin := g.Apply(op.Unary{Fn: "affine", A: 1, B: 1}, g.Apply(op.Binary{Fn: "sub"}, neg, pos))
	return g.Apply(op.Unary{Fn: "relu"}, margin)
}
