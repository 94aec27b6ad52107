package op

// Nadam has slots m and v, which follow as in Adam: w -= (m·a + g·b)/(√(v·c) + Epsilon). hyper: lr·a,
// lr·b and c, which join the momentum's schedule and the corrections of the step.
type Nadam struct{ Beta1, Beta2, Epsilon float64 }

// Kind is "nadam".
func (Nadam) Kind() string { return "nadam" }

// Infer checks shapes.
func (Nadam) Infer(in []Spec) ([]Spec, error) { return update(in, 2, 3) }

// Mutates are w and the slots.
func (Nadam) Mutates() []int { return mutated(2) }
