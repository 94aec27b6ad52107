package op

import "fmt"

// Transpose moves axes: axis i of the output is axis Perm[i] of the input.
type Transpose struct{ Perm []int }

// Kind is "transpose".
func (Transpose) Kind() string { return "transpose" }

// Infer moves the sizes.
func (o Transpose) Infer(in []Spec) ([]Spec, error) {
	s := in[0].Shape
	inv, ok := inverse(o.Perm)
	if !ok || len(inv) != len(s) {
		return nil, fmt.Errorf("%v is no order of the axes of %v", o.Perm, s)
	}
	out := make([]int, len(s))
	for i, p := range o.Perm {
		out[i] = s[p]
	}
	return []Spec{in[0].With(out...)}, nil
}

func inverse(perm []int) ([]int, bool) {
	inv := make([]int, len(perm))
	seen := make([]bool, len(perm))
	for i, p := range perm {
		if p < 0 || p >= len(perm) || seen[p] {
			return nil, false
		}
		inv[p], seen[p] = i, true
	}
	return inv, true
}

// Wrt is true.
func (Transpose) Wrt(n int) []bool { return All(n) }

// Grad moves the axes back.
func (o Transpose) Grad(g *Graph, _ []*Node, _, dy *Node) []*Node {
	inv, _ := inverse(o.Perm)
	return []*Node{g.Apply(Transpose{inv}, dy)}
}
