package loss

import (
	"fmt"
	"slices"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

// overlap is embedded by losses that compare how much of target and output there is, and how much of
// it in both, over some axes or over the whole batch.
type overlap struct {
	pointwise
	axes []int
}

func (l *overlap) bind(b *schema.Block) {
	l.axes = nil
	b.IntOrInts(&l.axes, "axis", "Axis or axes over which the overlap is taken, the batch being 0; over the whole batch, as one value, when left out.", schema.Optional())
	l.reduced.bind(b)
}

// Target checks the axes besides.
func (l *overlap) Target(target, output shape.Spec) (shape.Spec, error) {
	if output.Known {
		if _, err := l.resolve(len(output.Shape) + 1); err != nil {
			return target, schema.At("axis", err)
		}
	}
	return elementwise(target, output)
}

// resolve are the axes of a value of so many axes, the batch included; nil for all.
func (l *overlap) resolve(rank int) ([]int, error) {
	var out []int
	for _, a := range l.axes {
		k := a
		if k < 0 {
			k += rank
		}
		if k < 0 || k >= rank || slices.Contains(out, k) {
			return nil, fmt.Errorf("axis %d does not exist, or is given twice in %v; there are %d axes with the batch", a, l.axes, rank)
		}
		out = append(out, k)
	}
	return out, nil
}

// sums returns a function that sums over the axes, and the aligned target and output.
func (l *overlap) sums(g *op.Graph, y, output *op.Node) (sum func(n *op.Node) *op.Node, t, p *op.Node) {
	y, output = align(g, y, output)
	if g.Err() != nil {
		return nil, nil, nil
	}
	axes, err := l.resolve(len(op.SpecOf(output).Shape))
	if err != nil {
		g.Fail(err)
		return nil, nil, nil
	}
	return func(n *op.Node) *op.Node { return g.Apply(op.Reduce{Fn: "sum", Axes: axes}, n) }, y, output
}

// lacking is 1 - part/(whole + 1e-7).
func lacking(g *op.Graph, part, whole *op.Node) *op.Node {
	whole = g.Apply(op.Unary{Fn: "affine", A: 1, B: 1e-7}, whole)
	return g.Apply(op.Unary{Fn: "affine", A: -1, B: 1}, g.Apply(op.Binary{Fn: "div"}, part, whole))
}
