package loss

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("categorical_generalized_cross_entropy", func() Loss { return new(categoricalGeneralizedCrossEntropy) })

// categoricalGeneralizedCrossEntropy is (1 - p^q)/q of the probability p of the true class (Zhang and
// Sabuncu, 2018, arXiv:1805.07836).
type categoricalGeneralizedCrossEntropy struct {
	reduced
	q float64
}

func (l *categoricalGeneralizedCrossEntropy) Schema(b *schema.Block) {
	b.Doc("Loss between crossentropy and absolute error, which wrong labels harm less. Targets are class numbers, from 0.", "keras.losses.CategoricalGeneralizedCrossEntropy",
		"A target that is not the number of a class is an error.")
	b.Float(&l.q, "q", "Near 0 it is the crossentropy, at 1 the absolute error.", schema.Default(0.5), schema.Above(0), schema.Below(1))
	l.bind(b)
}

// Target is a class number for each position of the output, perhaps in an axis of size 1.
func (l *categoricalGeneralizedCrossEntropy) Target(target, output shape.Spec) (shape.Spec, error) {
	return (&sparseCategoricalCrossentropy{axis: -1}).Target(target, output)
}

// Build returns the values, [batch, ...] without the axis of the classes.
func (l *categoricalGeneralizedCrossEntropy) Build(g *op.Graph, y, output *op.Node) *op.Node {
	if g.Err() != nil {
		return nil
	}
	s := op.SpecOf(output)
	last := len(s.Shape) - 1
	if len(op.SpecOf(y).Shape) > last {
		y = g.Apply(op.Reshape{To: s.Shape[:last]}, y)
	}
	of := g.Apply(op.Binary{Fn: "mul"}, output, g.Apply(op.OneHot{Classes: s.Shape[last], To: s.DType}, y))
	p := g.Apply(op.Reduce{Fn: "sum", Axes: []int{last}}, of)
	return g.Apply(op.Unary{Fn: "affine", A: -1 / l.q, B: 1 / l.q}, g.Apply(op.Unary{Fn: "pow", A: l.q}, p))
}
