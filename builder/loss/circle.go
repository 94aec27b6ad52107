package loss

import (
	"fmt"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

var _ = Register("circle", func() Loss { return new(circle) })

// circle compares each example of a batch with all others: see op.Circle.
type circle struct {
	reduced
	gamma, margin  float64
	removeDiagonal bool
}

func (l *circle) Schema(b *schema.Block) {
	b.Doc("Draws vectors of one class together and others apart, comparing the examples of a batch with each other.", "keras.losses.Circle",
		"The output is vectors of length 1, as unit_normalization makes them; the target is class numbers.",
		"An example that is alone of its class in the batch, or in a batch of one class, counts for nothing; in Keras it makes the gradient NaN.")
	b.Float(&l.gamma, "gamma", "Scale of the similarities.", schema.Default(80.0))
	b.Float(&l.margin, "margin", "How far from their best similarities may lie: the smaller, the stricter.", schema.Default(0.4))
	b.Bool(&l.removeDiagonal, "remove_diagonal", "Whether an example is not compared with itself.", schema.Default(true))
	l.bind(b)
}

// Target is a class number for each example.
func (l *circle) Target(target, output shape.Spec) (shape.Spec, error) {
	target.DType = shape.Int32
	switch n := len(target.Shape); {
	case output.Known && len(output.Shape) != 1:
		return target, fmt.Errorf("this loss wants a vector for each example as output")
	case target.Known && (n > 1 || n == 1 && target.Shape[0] != 1 && target.Shape[0] != shape.Unknown):
		return target, fmt.Errorf("this loss wants one class number for each example as target")
	}
	return target, nil
}

// Build returns a value for each example.
func (l *circle) Build(g *op.Graph, y, output *op.Node) *op.Node {
	if g.Err() != nil {
		return nil
	}
	p := op.SpecOf(output).Shape
	y = g.Apply(op.Reshape{To: []int{p[0]}}, y)
	x := g.Apply(op.Reshape{To: []int{1, p[0], p[1]}}, output)
	s := g.Apply(op.Reshape{To: []int{p[0], p[0]}}, g.Apply(op.MatMul{TransB: true}, x, x))
	return g.Apply(op.Circle{Gamma: l.gamma, Margin: l.margin, Self: !l.removeDiagonal}, y, s)
}
