package op

import (
	"fmt"

	"gorgonia.org/tensor"
)

// Bitcast sees the bits of a float32 as an int32, or the other way round. It has no gradient. A graph of float64 rounds to
// float32 first.
type Bitcast struct{ To tensor.Dtype }

// Kind is "bitcast".
func (Bitcast) Kind() string { return "bitcast" }

// Infer changes the type.
func (o Bitcast) Infer(in []Spec) ([]Spec, error) {
	if (in[0].DType == Int32) == (o.To == Int32) {
		return nil, fmt.Errorf("the bits of %v as %v: one of the two must be integer", in[0].DType, o.To)
	}
	return []Spec{{Shape: in[0].Shape, DType: o.To}}, nil
}
