package op

import "fmt"

// The updates of the optimizers, one file each, are (w, gradient, hyper, slots...) -> []: they change
// w and its slots in place. hyper is a vector fed at each step. Its element 0 is the weight decay
// times the learning rate, by which w shrinks first (w -= w·d; 0 for none); the update's own numbers
// follow, in the order in which its comment names them. Formulas are those of keras/src/optimizers.

// Hyper0 is the index in hyper of the first number that is an update's own.
const Hyper0 = 1

// update checks the inputs of an update with so many slots and numbers of its own.
func update(in []Spec, slots, numbers int) ([]Spec, error) {
	if len(in) != 3+slots {
		return nil, fmt.Errorf("%d inputs, %d are wanted", len(in), 3+slots)
	}
	for i, s := range in {
		switch {
		case i == 2:
			if len(s.Shape) != 1 || s.Shape[0] < Hyper0+numbers {
				return nil, fmt.Errorf("hyper of shape %v has no %d numbers", s.Shape, Hyper0+numbers)
			}
		case s.String() != in[0].String():
			return nil, fmt.Errorf("input %d is %v, the weight %v", i, s, in[0])
		}
	}
	return []Spec{in[0].With()}, nil
}

// mutated are the weight and its slots.
func mutated(slots int) []int {
	out := []int{0}
	for i := range slots {
		out = append(out, 3+i)
	}
	return out
}
