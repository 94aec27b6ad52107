package op

import "fmt"

// Scatter writes rows into a copy of others: (base [D1, D2, ..., inner], indices [n, k] int32, updates [n, inner]), Dims being
// D1 to Dk. Row j of the updates goes, in their order, to the place that indices[j] says. Fn says what becomes of a row that it
// meets: "update" replaces it, "add", "max", "min" and "mul" join the two. Negative indices count from the end; one outside its
// axis fails the step.
type Scatter struct {
	Dims []int
	Fn   string
}

// Kind is "scatter".
func (Scatter) Kind() string { return "scatter" }

// Rows is how many rows the base has.
func (o Scatter) Rows() int {
	n := 1
	for _, d := range o.Dims {
		n *= d
	}
	return n
}

// Infer is the base's spec.
func (o Scatter) Infer(in []Spec) ([]Spec, error) {
	base, i, u := in[0].Shape, in[1].Shape, in[2].Shape
	ok := len(base) == 2 && len(i) == 2 && len(u) == 2 && in[1].DType == Int32 && in[0].DType == in[2].DType && in[0].DType != Int32
	if !ok || base[0] != o.Rows() || i[1] != len(o.Dims) || u[0] != i[0] || u[1] != base[1] {
		return nil, fmt.Errorf("rows of %v written into %v at %v", in[2], in[0], in[1])
	}
	switch o.Fn {
	case "update", "add", "max", "min", "mul":
		return []Spec{in[0]}, nil
	}
	return nil, fmt.Errorf("there is no way %q to write rows", o.Fn)
}

// Wrt is true for base and updates.
func (Scatter) Wrt(int) []bool { return []bool{true, false, true} }

// Grad makes both gradients in one node.
func (o Scatter) Grad(g *Graph, in []*Node, y, dy *Node) []*Node {
	n := g.Apply(ScatterGrad{o}, in[0], in[1], in[2], y, dy)
	return []*Node{n, nil, g.Pick(n, 1)}
}

// ScatterGrad is (base, indices, updates, y, dy) -> the gradients of base and updates; equal largest or smallest ones share
// alike.
type ScatterGrad struct{ Scatter }

// Kind is "scatter.grad".
func (ScatterGrad) Kind() string { return "scatter.grad" }

// Infer gives each gradient the shape of what it belongs to.
func (ScatterGrad) Infer(in []Spec) ([]Spec, error) { return []Spec{in[0], in[2]}, nil }

// Wrt hides the gradient rule of the embedded Scatter: there are no second derivatives.
func (ScatterGrad) Wrt(n int) []bool { return make([]bool, n) }
