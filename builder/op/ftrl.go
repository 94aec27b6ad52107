package op

// Ftrl has slots n and z ("accumulator" and "linear"): with n' = n + g² and p = -LearningRatePower,
// z += g + 2·Shrinkage·w - (n'ᵖ - nᵖ)/lr·w, w = (z cut to ±L1, less z) / (n'ᵖ/lr + 2·l2).
// hyper: lr, and l2 = L2 + Beta/(2·lr).
type Ftrl struct {
	LearningRatePower float64
	L1, Shrinkage     float64
}

// Kind is "ftrl".
func (Ftrl) Kind() string { return "ftrl" }

// Infer checks shapes.
func (Ftrl) Infer(in []Spec) ([]Spec, error) { return update(in, 2, 2) }

// Mutates are w and the slots.
func (Ftrl) Mutates() []int { return mutated(2) }
