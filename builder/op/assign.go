package op

import (
	"fmt"
	"slices"
)

// Assign is (state, x) -> []: the first rows of state, as many as x has, become x.
type Assign struct{}

// Kind is "assign".
func (Assign) Kind() string { return "assign" }

// Mutates says that the state changes.
func (Assign) Mutates() []int { return []int{0} }

// Infer checks that x fits.
func (Assign) Infer(in []Spec) ([]Spec, error) {
	s, x := in[0].Shape, in[1].Shape
	same := len(s) == len(x) && in[0].DType == in[1].DType
	if same && len(s) > 0 {
		same = x[0] <= s[0] && slices.Equal(s[1:], x[1:])
	}
	if !same {
		return nil, fmt.Errorf("%v cannot be put into %v", in[1], in[0])
	}
	return []Spec{in[0].With()}, nil
}
