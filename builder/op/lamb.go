package op

// Lamb has slots m and v: m += (g-m)(1-Beta1), v += (g²-v)(1-Beta2), u = m/a / (√(v/b) + Epsilon),
// w -= lr·u·|w|/|u|, the last factor being 1 where one of the lengths, of the whole weight, is 0.
// hyper: lr, a = 1-Beta1ᵗ, b = 1-Beta2ᵗ.
type Lamb struct{ Beta1, Beta2, Epsilon float64 }

// Kind is "lamb".
func (Lamb) Kind() string { return "lamb" }

// Infer checks shapes.
func (Lamb) Infer(in []Spec) ([]Spec, error) { return update(in, 2, 3) }

// Mutates are w and the slots.
func (Lamb) Mutates() []int { return mutated(2) }
