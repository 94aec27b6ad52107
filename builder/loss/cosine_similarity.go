package loss

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("cosine_similarity", func() Loss { return new(cosineSimilarity) })

// cosineSimilarity is the cosine of the angle between target and output, negative so that less is
// better.
type cosineSimilarity struct{ along }

func (l *cosineSimilarity) Schema(b *schema.Block) {
	b.Doc("Cosine of the angle between target and output, times -1: -1 where they point one way, 1 where they are opposite.", "keras.losses.CosineSimilarity")
	l.bindAxis(b, "Axis along which the vectors lie; the batch counts as 0.")
	l.reduced.bind(b)
}

// Build returns the values, [batch, ...] without the axis.
func (l *cosineSimilarity) Build(g *op.Graph, y, output *op.Node) *op.Node {
	y, output = align(g, y, output)
	if g.Err() != nil {
		return nil
	}
	axis := l.axis
	if axis < 0 {
		axis += len(op.SpecOf(output).Shape)
	}
	products := g.Apply(op.Binary{Fn: "mul"}, op.UnitLength(g, y, 1e-7, axis), op.UnitLength(g, output, 1e-7, axis))
	return g.Apply(op.Unary{Fn: "neg"}, g.Apply(op.Reduce{Fn: "sum", Axes: []int{axis}}, products))
}
