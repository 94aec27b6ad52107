package op

import (
	"fmt"

	"gorgonia.org/tensor"
)

// Constant is the same numbers in every step, of the given shape and type. Its input, which may be of
// any shape and type, is not read: Gorgonia's graphs hold no operation without one.
type Constant struct {
	Shape  []int
	Values []float64 // one for each element, or one for all
	To     tensor.Dtype
}

// Kind is "constant".
func (Constant) Kind() string { return "constant" }

// Infer checks the number of values.
func (o Constant) Infer([]Spec) ([]Spec, error) {
	s := Spec{Shape: append([]int{}, o.Shape...), DType: o.To}
	if n := len(o.Values); n != 1 && n != s.Elems() {
		return nil, fmt.Errorf("%d values for the shape %v", n, o.Shape)
	}
	return []Spec{s}, nil
}
