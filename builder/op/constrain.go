package op

import "fmt"

// NonNeg changes its input in place: negative elements become 0. Its output is a marker.
type NonNeg struct{}

// Kind is "non_neg".
func (NonNeg) Kind() string { return "non_neg" }

// Infer is a marker.
func (NonNeg) Infer(in []Spec) ([]Spec, error) { return scalar(in[0]) }

// Mutates the input.
func (NonNeg) Mutates() []int { return []int{0} }

// NormLimit scales its input in place by what the norms n along Axes ask for, as
// keras/src/constraints/constraints.py does: by m/(n+1e-7) with m = Rate·clip(n, Min, Max) + (1-Rate)·n,
// or, for Unit, m = 1. Its output is a marker.
type NormLimit struct {
	Axes           []int // from 0
	Min, Max, Rate float64
	Unit           bool
}

// Kind is "norm_limit".
func (NormLimit) Kind() string { return "norm_limit" }

// Infer is a marker.
func (o NormLimit) Infer(in []Spec) ([]Spec, error) {
	for _, a := range o.Axes {
		if a < 0 || a >= len(in[0].Shape) {
			return nil, fmt.Errorf("%v has no axis %d", in[0], a)
		}
	}
	return scalar(in[0])
}

// Mutates the input.
func (NormLimit) Mutates() []int { return []int{0} }
