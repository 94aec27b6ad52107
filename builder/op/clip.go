package op

import "fmt"

// Norm is (x...) -> []: the square root of the sum of all squares.
type Norm struct{}

// Kind is "norm".
func (Norm) Kind() string { return "norm" }

// Infer is a scalar.
func (Norm) Infer(in []Spec) ([]Spec, error) {
	for _, s := range in {
		if s.DType != in[0].DType || s.DType == Int32 {
			return nil, fmt.Errorf("a norm of %v", in)
		}
	}
	return []Spec{in[0].With()}, nil
}

// ClipNorm is (x, norm) -> x scaled so that a norm above Max becomes Max: x·Max/max(norm, Max). A
// norm that is not a number makes everything so.
type ClipNorm struct {
	Max float64
	// Global is the arithmetic of Keras' global_clipnorm: x·(Max·min(1/norm, 1/Max)), where also an
	// infinite norm makes everything not a number.
	Global bool
}

// Kind is "clipnorm".
func (ClipNorm) Kind() string { return "clipnorm" }

// Infer is the spec of x.
func (ClipNorm) Infer(in []Spec) ([]Spec, error) {
	if len(in[1].Shape) != 0 {
		return nil, fmt.Errorf("a norm of shape %v", in[1].Shape)
	}
	return []Spec{in[0]}, nil
}
