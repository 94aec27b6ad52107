package op

// SGD is w -= lr·g; with Momentum not 0 and a slot m, m = Momentum·m - lr·g, w += m, or with
// Nesterov w += Momentum·m - lr·g. hyper: lr.
type SGD struct {
	Momentum float64
	Nesterov bool
}

// Kind is "sgd".
func (SGD) Kind() string { return "sgd" }

// Infer checks shapes.
func (u SGD) Infer(in []Spec) ([]Spec, error) {
	if u.Momentum == 0 {
		return update(in, 0, 1)
	}
	return update(in, 1, 1)
}

// Mutates are w and the slot.
func (u SGD) Mutates() []int {
	if u.Momentum == 0 {
		return mutated(0)
	}
	return mutated(1)
}
