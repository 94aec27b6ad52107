package op

import "fmt"

// Muon is (w, step, hyper, m, next) -> []: w shrinks by its decay and becomes w - lr·Scale·step, and the
// slot m becomes next. Step and next are made of m by other operations. hyper: lr.
type Muon struct{ Scale float64 }

// Kind is "muon".
func (Muon) Kind() string { return "muon" }

// Infer checks shapes.
func (Muon) Infer(in []Spec) ([]Spec, error) {
	if len(in) != 5 {
		return nil, fmt.Errorf("%d inputs, 5 are wanted", len(in))
	}
	return update(in, 2, 1)
}

// Mutates are w and m.
func (Muon) Mutates() []int { return mutated(1) }
