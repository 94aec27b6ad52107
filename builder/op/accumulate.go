package op

import "fmt"

// Accumulate is (sum, x) -> []: sum becomes sum + x, or 0 where Clear says so. x then only says when.
type Accumulate struct{ Clear bool }

// Kind is "accumulate".
func (Accumulate) Kind() string { return "accumulate" }

// Mutates says that the sum changes.
func (Accumulate) Mutates() []int { return []int{0} }

// Infer checks that both have one shape.
func (a Accumulate) Infer(in []Spec) ([]Spec, error) {
	if !a.Clear && in[0].String() != in[1].String() {
		return nil, fmt.Errorf("a sum of %v and %v", in[0], in[1])
	}
	return []Spec{in[0].With()}, nil
}
