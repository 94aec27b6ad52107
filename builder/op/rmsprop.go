package op

// RMSprop has slots v, then m where Momentum > 0, then a where Centered: v = Rho·v + (1-Rho)g²,
// a = Rho·a + (1-Rho)g, step = lr·g/√(v - a² + Epsilon), m = Momentum·m + step, w -= m, or step
// where there is no m. hyper: lr.
type RMSprop struct {
	Rho, Momentum, Epsilon float64
	Centered               bool
}

// Kind is "rmsprop".
func (RMSprop) Kind() string { return "rmsprop" }

func (u RMSprop) slots() int {
	n := 1
	if u.Momentum > 0 {
		n++
	}
	if u.Centered {
		n++
	}
	return n
}

// Infer checks shapes.
func (u RMSprop) Infer(in []Spec) ([]Spec, error) { return update(in, u.slots(), 1) }

// Mutates are w and the slots.
func (u RMSprop) Mutates() []int { return mutated(u.slots()) }
