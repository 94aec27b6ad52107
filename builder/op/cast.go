package op

import (
	"fmt"

	"gorgonia.org/tensor"
)

// Cast turns integers into floats, or floats into integers by dropping the fraction; what no int32
// can hold becomes the nearest one, a NaN 0. It has no gradient.
type Cast struct{ To tensor.Dtype }

// Kind is "cast".
func (Cast) Kind() string { return "cast" }

// Infer changes the type.
func (o Cast) Infer(in []Spec) ([]Spec, error) {
	if (in[0].DType == Int32) == (o.To == Int32) {
		return nil, fmt.Errorf("from %v to %v: one of the two must be integer", in[0].DType, o.To)
	}
	return []Spec{{Shape: in[0].Shape, DType: o.To}}, nil
}
