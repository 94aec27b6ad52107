package loss

import (
	"fmt"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
)

// sameRank brings two shapes, batch axis included, to one rank where they differ by a last axis of
// size 1, as keras/src/losses/loss.py: squeeze_or_expand_to_same_rank does.
func sameRank(y, p []int) (yOut, pOut []int) {
	longer := func(a, b []int) ([]int, []int) { // a is longer by one
		switch {
		case a[len(a)-1] != 1:
			return a, b
		case len(b) == 1:
			return a, append(append([]int{}, b...), 1)
		}
		return a[:len(a)-1], b
	}
	switch {
	case len(y) == len(p)+1:
		yOut, pOut = longer(y, p)
	case len(p) == len(y)+1:
		pOut, yOut = longer(p, y)
	default:
		yOut, pOut = y, p
	}
	if len(yOut) == 1 && len(pOut) == 1 { // one number an example: give it an axis to take the mean over
		return append(append([]int{}, yOut...), 1), append(append([]int{}, pOut...), 1)
	}
	return yOut, pOut
}

// align reshapes target and output to one rank.
func align(g *op.Graph, y, output *op.Node) (*op.Node, *op.Node) {
	if g.Err() != nil {
		return nil, nil
	}
	ys, ps := op.SpecOf(y).Shape, op.SpecOf(output).Shape
	yTo, pTo := sameRank(ys, ps)
	if len(yTo) != len(ys) {
		y = g.Apply(op.Reshape{To: yTo}, y)
	}
	if len(pTo) != len(ps) {
		output = g.Apply(op.Reshape{To: pTo}, output)
	}
	return y, output
}

// batched is a shape with a batch axis of unknown size.
func batched(s shape.Shape) []int { return s.Batched(shape.Unknown) }

// elementwise is the Target of a loss that compares target and output element by element.
func elementwise(target, output shape.Spec) (shape.Spec, error) {
	target.DType = shape.Float32
	if !target.Known || !output.Known {
		return target, nil
	}
	y, p := sameRank(batched(target.Shape), batched(output.Shape))
	if !shape.Shape(y).Fits(p) {
		hint := ""
		if isLabels(target.Shape, output.Shape) {
			hint = "; if the target is a class number, the loss is sparse_categorical_crossentropy"
		}
		return target, fmt.Errorf("they are compared element by element, so their shapes must be the same%s", hint)
	}
	if len(target.Shape) == len(output.Shape) {
		target.Shape = join(target.Shape, output.Shape)
	}
	return target, nil
}

// isLabels tells whether a target has one number where the output has several classes.
func isLabels(target, output shape.Shape) bool {
	if len(output) == 0 || output[len(output)-1] == 1 {
		return false
	}
	rest := output[:len(output)-1]
	return target.Fits(rest) || target.Fits(append(rest.Clone(), 1))
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
