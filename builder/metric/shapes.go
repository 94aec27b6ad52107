package metric

import (
	"errors"
	"fmt"

	"github.com/dlrun/dlrun/builder/shape"
)

// elementwise is the Target of a metric that compares target and output element by element.
func elementwise(target, output shape.Spec) (shape.Spec, error) {
	if !target.Known || !output.Known {
		return target, nil
	}
	y, p := shape.SameRank(target.Shape.Batched(shape.Unknown), output.Shape.Batched(shape.Unknown))
	if !shape.Shape(y).Fits(p) {
		return target, errors.New("they are compared element by element, so their shapes must be the same")
	}
	return target, nil
}

// distribution is the Target of a metric whose target has a number for each class.
func distribution(target, output shape.Spec) (shape.Spec, error) {
	if !target.Known || !output.Known {
		return target, nil
	}
	if len(output.Shape) > 0 && target.Shape.Fits(output.Shape) {
		return target, nil
	}
	hint := ""
	if shape.AreLabels(target.Shape, output.Shape) {
		hint = "; for class numbers there is the metric of the same name with sparse_ before it"
	}
	return target, fmt.Errorf("the target must have a number for each class, so the shape of the output%s", hint)
}

// labels is the Target of a metric whose target is a class number for each position of the output.
func labels(target, output shape.Spec) (shape.Spec, error) {
	if !target.Known || !output.Known {
		return target, nil
	}
	if shape.AreLabels(target.Shape, output.Shape) {
		return target, nil
	}
	hint := ""
	if target.Shape.Fits(output.Shape) {
		hint = "; for a target with a number for each class there is the metric without sparse_"
	}
	return target, fmt.Errorf("the target must be one class number where the output has a number for each class%s", hint)
}

// rows are the positions along the last axis of a tensor.
type rows struct{ count, n int }

func rowsOf(v Values) rows {
	n := v.Shape[len(v.Shape)-1]
	if n == 0 {
		return rows{0, 0}
	}
	return rows{len(v.F) / n, n}
}

// largest is the index of the largest of the n elements from start on, the first of several.
func (v Values) largest(start, n int) int {
	best := 0
	for i := 1; i < n; i++ {
		if v.At(start+i) > v.At(start+best) {
			best = i
		}
	}
	return best
}
