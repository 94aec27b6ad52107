package op

import "fmt"

// Remember is (w, copy, hyper) -> hyper: where element At of hyper is not 0, copy becomes w. What is
// to happen afterwards takes its output as hyper.
type Remember struct{ At int }

// Kind is "remember".
func (Remember) Kind() string { return "remember" }

// Infer checks shapes.
func (r Remember) Infer(in []Spec) ([]Spec, error) {
	if _, err := update([]Spec{in[0], in[1], in[2]}, 0, r.At); err != nil {
		return nil, err
	}
	return []Spec{in[2]}, nil
}

// Mutates is the copy.
func (Remember) Mutates() []int { return []int{1} }

// Lookahead is (w, slow, hyper, after) -> []: where element At of hyper is not 0, slow moves towards w by
// that share, and w becomes slow. after is the node of w's update, which runs before.
type Lookahead struct{ At int }

// Kind is "lookahead".
func (Lookahead) Kind() string { return "lookahead" }

// Infer checks shapes.
func (l Lookahead) Infer(in []Spec) ([]Spec, error) {
	if len(in) != 4 {
		return nil, fmt.Errorf("%d inputs, 4 are wanted", len(in))
	}
	if _, err := update([]Spec{in[0], in[1], in[2]}, 0, l.At); err != nil {
		return nil, err
	}
	return []Spec{in[0].With()}, nil
}

// Mutates are w and slow.
func (Lookahead) Mutates() []int { return []int{0, 1} }
