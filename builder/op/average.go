package op

// Average is (w, average, hyper, after) -> []: average = µ·average + (1-µ)·w, and where o is not 0,
// w = average. µ and o are the elements At and At+1 of hyper; after is the node of w's update, which
// runs before.
type Average struct{ At int }

// Kind is "average".
func (Average) Kind() string { return "average" }

// Infer checks shapes.
func (a Average) Infer(in []Spec) ([]Spec, error) {
	if _, err := update([]Spec{in[0], in[1], in[2]}, 0, a.At+1); err != nil {
		return nil, err
	}
	return []Spec{in[0].With()}, nil
}

// Mutates are w and the average.
func (Average) Mutates() []int { return []int{0, 1} }
