package op

import "fmt"

// Reshape is its input seen in another shape of as many elements.
type Reshape struct{ To []int }

// Kind is "reshape".
func (Reshape) Kind() string { return "reshape" }

// AliasOf says that no data moves.
func (Reshape) AliasOf() int { return 0 }

// Infer checks the number of elements.
func (r Reshape) Infer(in []Spec) ([]Spec, error) {
	out := in[0].With(r.To...)
	if out.Elems() != in[0].Elems() {
		return nil, fmt.Errorf("%v has %d elements, %v has %d", in[0].Shape, in[0].Elems(), r.To, out.Elems())
	}
	return []Spec{out}, nil
}

// Wrt is true.
func (Reshape) Wrt(n int) []bool { return All(n) }

// Grad reshapes back.
func (Reshape) Grad(g *Graph, in []*Node, _, dy *Node) []*Node {
	return []*Node{g.Apply(Reshape{SpecOf(in[0]).Shape}, dy)}
}
