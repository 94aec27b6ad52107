package metric

import (
	"errors"
	"fmt"

	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
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

// strips are the vectors of a tensor along an axis, the batch counting as 0, in the order of the others.
type strips struct {
	rows
	inner int // elements between two of a vector
	buf   []float32
}

func stripsOf(v Values, axis int) strips {
	if axis < 0 {
		axis += len(v.Shape)
	}
	s := strips{rows{0, v.Shape[axis]}, 1, nil}
	for _, d := range v.Shape[axis+1:] {
		s.inner *= d
	}
	if s.n > 0 {
		s.count = len(v.F) / s.n
	}
	if s.inner > 1 {
		s.buf = make([]float32, s.n)
	}
	return s
}

// at is the index of element k of vector i.
func (s strips) at(i, k int) int { return i/s.inner*s.n*s.inner + i%s.inner + k*s.inner }

// of is vector i, until the next is asked for.
func (s strips) of(v Values, i int) []float32 {
	if s.inner == 1 {
		return v.F[i*s.n : (i+1)*s.n]
	}
	for k := range s.buf {
		s.buf[k] = v.F[s.at(i, k)]
	}
	return s.buf
}

// without is a spec without an axis, the batch counting as 0.
func without(s shape.Spec, axis int) (shape.Spec, error) {
	if !s.Known {
		return s, nil
	}
	a, err := shape.Axis(axis, len(s.Shape))
	if err != nil {
		return s, schema.At("axis", err)
	}
	s.Shape = append(s.Shape[:a:a], s.Shape[a+1:]...)
	return s, nil
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
