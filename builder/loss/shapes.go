package loss

import (
	"fmt"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
)

// align reshapes target and output to one rank.
func align(g *op.Graph, y, output *op.Node) (*op.Node, *op.Node) {
	if g.Err() != nil {
		return nil, nil
	}
	ys, ps := op.SpecOf(y).Shape, op.SpecOf(output).Shape
	yTo, pTo := shape.SameRank(ys, ps)
	if len(yTo) != len(ys) {
		y = g.Apply(op.Reshape{To: yTo}, y)
	}
	if len(pTo) != len(ps) {
		output = g.Apply(op.Reshape{To: pTo}, output)
	}
	return y, output
}

// elementwise is the Target of a loss that compares target and output element by element.
func elementwise(target, output shape.Spec) (shape.Spec, error) {
	target.DType = shape.Float32
	if !target.Known || !output.Known {
		return target, nil
	}
	y, p := shape.SameRank(target.Shape.Batched(shape.Unknown), output.Shape.Batched(shape.Unknown))
	if !shape.Shape(y).Fits(p) {
		hint := ""
		if shape.AreLabels(target.Shape, output.Shape) {
			hint = "; if the target is a class number, the loss is sparse_categorical_crossentropy"
		}
		return target, fmt.Errorf("they are compared element by element, so their shapes must be the same%s", hint)
	}
	if len(target.Shape) == len(output.Shape) {
		target.Shape = join(target.Shape, output.Shape)
	}
	return target, nil
}

// join takes each dimension from where it is known.
func join(a, b shape.Shape) shape.Shape {
	out := a.Clone()
	for i := range out {
		if out[i] == shape.Unknown {
			out[i] = b[i]
		}
	}
	return out
}
