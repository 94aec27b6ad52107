package loss

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

// pointwise is embedded by losses that compare target and output element by element and take the
// mean over the last axis.
type pointwise struct{ reduced }

// Target has the output's shape, or differs from it by a last axis of size 1.
func (pointwise) Target(target, output shape.Spec) (shape.Spec, error) {
	return elementwise(target, output)
}

// apply takes the mean over the last axis.
func (pointwise) apply(g *op.Graph, l op.PointLoss, y, output *op.Node) *op.Node {
	y, output = align(g, y, output)
	if g.Err() != nil {
		return nil
	}
	l.Axis = len(op.SpecOf(output).Shape) - 1
	return g.Apply(l, y, output)
}

// along is embedded by pointwise losses that have the argument axis.
type along struct {
	pointwise
	axis int
}

func (a *along) bind(b *schema.Block) {
	a.bindAxis(b, "Axis over which the mean of the values is taken; the batch counts as 0.")
	a.reduced.bind(b)
}

func (a *along) bindAxis(b *schema.Block, help string) {
	b.Int(&a.axis, "axis", help, schema.Default(-1))
}

// Target checks the axis besides.
func (a *along) Target(target, output shape.Spec) (shape.Spec, error) {
	if output.Known && len(output.Shape) > 0 {
		if _, err := shape.Axis(a.axis, len(output.Shape)); err != nil {
			return target, err
		}
	}
	return elementwise(target, output)
}

// apply takes the mean over the axis.
func (a *along) apply(g *op.Graph, l op.PointLoss, y, output *op.Node) *op.Node {
	y, output = align(g, y, output)
	if g.Err() != nil {
		return nil
	}
	if l.Axis = a.axis; l.Axis < 0 {
		l.Axis += len(op.SpecOf(output).Shape)
	}
	return g.Apply(l, y, output)
}
