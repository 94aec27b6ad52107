package op

// ScheduleFreeAdamW has slots z and v. At the first step z becomes w. Then, after the weight decay of
// w: v += (g²-v)(1-Beta2), z' = z - lr·g/(√(v/b) + Epsilon), x = (w - (1-Beta1)z)/Beta1 moves towards
// z' by its share c, and w = (1-Beta1)z' + Beta1·x. hyper: lr, b = 1-Beta2ᵗ, c = 1/t, and 1 at the
// first step, 0 at others.
type ScheduleFreeAdamW struct{ Beta1, Beta2, Epsilon float64 }

// Kind is "schedule_free_adamw".
func (ScheduleFreeAdamW) Kind() string { return "schedule_free_adamw" }

// Infer checks shapes.
func (ScheduleFreeAdamW) Infer(in []Spec) ([]Spec, error) { return update(in, 2, 4) }

// Mutates are w and the slots.
func (ScheduleFreeAdamW) Mutates() []int { return mutated(2) }
