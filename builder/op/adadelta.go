package op

// Adadelta has slots n and d: n = Rho·n + (1-Rho)g², step = -√(d+Epsilon)·g/√(n+Epsilon),
// d = Rho·d + (1-Rho)·step², w += lr·step. hyper: lr.
type Adadelta struct{ Rho, Epsilon float64 }

// Kind is "adadelta".
func (Adadelta) Kind() string { return "adadelta" }

// Infer checks shapes.
func (Adadelta) Infer(in []Spec) ([]Spec, error) { return update(in, 2, 1) }

// Mutates are w and the slots.
func (Adadelta) Mutates() []int { return mutated(2) }
