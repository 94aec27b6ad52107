package op

import "fmt"

// Sort puts the elements along the last axis in order, smallest first, or with Descending largest first.
// Equal elements stay in their order, NaN are last. The outputs are the elements and, int32, where they
// were.
type Sort struct{ Descending bool }

// Kind is "sort".
func (Sort) Kind() string { return "sort" }

// Infer is the input's spec, and the same of int32.
func (Sort) Infer(in []Spec) ([]Spec, error) {
	if len(in[0].Shape) == 0 || in[0].DType == Int32 {
		return nil, fmt.Errorf("an order of %v", in[0])
	}
	return []Spec{in[0], {Shape: in[0].Shape, DType: Int32}}, nil
}

// Wrt is true.
func (Sort) Wrt(n int) []bool { return All(n) }

// Grad puts dy back in order.
func (Sort) Grad(g *Graph, in []*Node, y, dy *Node) []*Node {
	s := SpecOf(in[0]).Shape
	return []*Node{g.Apply(GatherGrad{Gather{Axis: len(s) - 1, Along: true}, s}, g.Pick(y, 1), dy)}
}
