package op

import (
	"fmt"

	"gorgonia.org/tensor"
)

// Compare is 1 where a relation holds between two inputs and 0 where not, one input stretched to the
// other's shape as in NumPy: "equal", "not_equal", "less", "less_equal", "greater" or "greater_equal".
// The inputs are of one type; the result is of the float type To. It has no gradient.
type Compare struct {
	Fn string
	To tensor.Dtype
}

// Kind is "compare".
func (Compare) Kind() string { return "compare" }

// Infer is the shape that both inputs stretch to.
func (o Compare) Infer(in []Spec) ([]Spec, error) {
	switch o.Fn {
	case "equal", "not_equal", "less", "less_equal", "greater", "greater_equal":
	default:
		return nil, fmt.Errorf("there is no relation %q", o.Fn)
	}
	if in[0].DType != in[1].DType {
		return nil, fmt.Errorf("%s wants two inputs of one type, got %v and %v", o.Fn, in[0], in[1])
	}
	s, err := Broadcast(in[0].Shape, in[1].Shape)
	if err != nil {
		return nil, err
	}
	return []Spec{{Shape: s, DType: o.To}}, nil
}
