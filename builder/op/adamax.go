package op

// Adamax has slots m and u: m += (g-m)(1-Beta1), u = max(Beta2·u, |g|),
// w -= lr·m / ((1-Beta1ᵗ)(u + Epsilon)). hyper: lr, 1-Beta1ᵗ.
type Adamax struct{ Beta1, Beta2, Epsilon float64 }

// Kind is "adamax".
func (Adamax) Kind() string { return "adamax" }

// Infer checks shapes.
func (Adamax) Infer(in []Spec) ([]Spec, error) { return update(in, 2, 2) }

// Mutates are w and the slots.
func (Adamax) Mutates() []int { return mutated(2) }
