package op

import "gorgonia.org/tensor"

// NotEqual is 1 where an element differs from Value and 0 where it is equal, in the float type To. It
// has no gradient.
type NotEqual struct {
	Value float64
	To    tensor.Dtype
}

// Kind is "notequal".
func (NotEqual) Kind() string { return "notequal" }

// Infer keeps the shape.
func (o NotEqual) Infer(in []Spec) ([]Spec, error) {
	return []Spec{{Shape: in[0].Shape, DType: o.To}}, nil
}
