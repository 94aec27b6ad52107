package op

// Adagrad has a slot n: n += g², w -= lr·g/√(n + Epsilon). hyper: lr.
type Adagrad struct{ Epsilon float64 }

// Kind is "adagrad".
func (Adagrad) Kind() string { return "adagrad" }

// Infer checks shapes.
func (Adagrad) Infer(in []Spec) ([]Spec, error) { return update(in, 1, 1) }

// Mutates are w and the slot.
func (Adagrad) Mutates() []int { return mutated(1) }
