package op

import (
	"fmt"
	"slices"
)

// Adafactor has slots r and c, of which the mean of squares v is the product. For w [..., rows,
// columns], with q = g² + Epsilon1: r [..., rows] = β·r + (1-β)·(mean of q over columns), c [...,
// columns] = β·c + (1-β)·(mean of q over rows), v = r/(mean of r over rows)·c. For w of fewer axes r has
// its shape, is v = β·r + (1-β)·q, and c is one number that is not used. Then u = g/√v, and
// w -= ρ·max(Epsilon2, rms(w))·u / max(1, rms(u)/Threshold), rms being the root of the mean square.
// hyper: ρ, β.
type Adafactor struct{ Epsilon1, Epsilon2, Threshold float64 }

// Kind is "adafactor".
func (Adafactor) Kind() string { return "adafactor" }

// Slots are the shapes of r and c for a weight.
func (Adafactor) Slots(weight []int) (r, c []int) {
	n := len(weight)
	if n < 2 {
		return weight, []int{1}
	}
	return slices.Clone(weight[:n-1]), append(slices.Clone(weight[:n-2]), weight[n-1])
}

// Infer checks shapes.
func (a Adafactor) Infer(in []Spec) ([]Spec, error) {
	if len(in) != 5 {
		return nil, fmt.Errorf("%d inputs, 5 are wanted", len(in))
	}
	r, c := a.Slots(in[0].Shape)
	if !slices.Equal(in[3].Shape, r) || !slices.Equal(in[4].Shape, c) {
		return nil, fmt.Errorf("slots of shapes %v and %v for a weight of shape %v", in[3].Shape, in[4].Shape, in[0].Shape)
	}
	return update(in[:3], 0, 2)
}

// Mutates are w and the slots.
func (Adafactor) Mutates() []int { return mutated(2) }
