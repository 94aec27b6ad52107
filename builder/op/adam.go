package op

// Adam has slots m, v and, with AMSGrad, vhat: m += (g-m)(1-Beta1), v += (g²-v)(1-Beta2),
// vhat = max(vhat, v), w -= m·α/(√v + Epsilon) with v or vhat. hyper: α, the learning rate times
// √(1-Beta2ᵗ)/(1-Beta1ᵗ).
type Adam struct {
	Beta1, Beta2, Epsilon float64
	AMSGrad               bool
}

// Kind is "adam".
func (Adam) Kind() string { return "adam" }

func (u Adam) slots() int {
	if u.AMSGrad {
		return 3
	}
	return 2
}

// Infer checks shapes.
func (u Adam) Infer(in []Spec) ([]Spec, error) { return update(in, u.slots(), 1) }

// Mutates are w and the slots.
func (u Adam) Mutates() []int { return mutated(u.slots()) }
