package op

import "fmt"

// Finite is (x...) -> []: a marker. Where an element is infinite or not a number, the step ends there and
// nothing that comes after it is run.
type Finite struct{}

// Kind is "finite".
func (Finite) Kind() string { return "finite" }

// Infer is a scalar, 0.
func (Finite) Infer(in []Spec) ([]Spec, error) {
	for _, s := range in {
		if s.DType != in[0].DType || s.DType == Int32 {
			return nil, fmt.Errorf("whether %v are finite", in)
		}
	}
	return []Spec{in[0].With()}, nil
}

// Unscale is (x, scale, finite) -> x/scale; finite only says that x was found to be finite.
type Unscale struct{}

// Kind is "unscale".
func (Unscale) Kind() string { return "unscale" }

// Infer is the spec of x.
func (Unscale) Infer(in []Spec) ([]Spec, error) {
	if len(in[1].Shape) != 0 {
		return nil, fmt.Errorf("a scale of shape %v", in[1].Shape)
	}
	return []Spec{in[0]}, nil
}
