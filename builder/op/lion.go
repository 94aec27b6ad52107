package op

// Lion has a slot m: w -= lr·sign(Beta1·m + (1-Beta1)g), m = Beta2·m + (1-Beta2)g. hyper: lr.
type Lion struct{ Beta1, Beta2 float64 }

// Kind is "lion".
func (Lion) Kind() string { return "lion" }

// Infer checks shapes.
func (Lion) Infer(in []Spec) ([]Spec, error) { return update(in, 1, 1) }

// Mutates are w and the slot.
func (Lion) Mutates() []int { return mutated(1) }
