package op

import (
	"fmt"
	"slices"
)

// Binary joins two inputs element by element, one stretched to the other's shape as in NumPy. Fn is
// "add", "sub", "mul", "div", "max", "min", "pow", "mod" (of the second input's sign), "floor_divide",
// "arctan2", "nextafter" (the float32 next to the first on the way to the second) or "gammainc" (the
// regularized lower incomplete gamma function); of equal elements max and min give each half of the gradient.
// Integers have no "div", "pow", "arctan2", "nextafter" and "gammainc", and have "and", "or", "xor", "left",
// "right" (shifts) and "gcd" of their own; to divide one by 0 gives 0.
type Binary struct{ Fn string }

// Kind is "binary".
func (Binary) Kind() string { return "binary" }

// Infer is the shape that both inputs stretch to.
func (o Binary) Infer(in []Spec) ([]Spec, error) {
	switch o.Fn {
	case "add", "sub", "mul", "max", "min", "mod", "floor_divide":
	case "and", "or", "xor", "left", "right", "gcd":
		if in[0].DType != Int32 {
			return nil, fmt.Errorf("%s wants integers, got %v and %v", o.Fn, in[0], in[1])
		}
	case "div", "pow", "arctan2", "nextafter", "gammainc":
		if in[0].DType == Int32 {
			return nil, fmt.Errorf("%s wants floats, got %v and %v", o.Fn, in[0], in[1])
		}
	default:
		return nil, fmt.Errorf("there is no function %q of two values", o.Fn)
	}
	if in[0].DType != in[1].DType {
		return nil, fmt.Errorf("%s wants two inputs of one type, got %v and %v", o.Fn, in[0], in[1])
	}
	s, err := Broadcast(in[0].Shape, in[1].Shape)
	if err != nil {
		return nil, err
	}
	return []Spec{in[0].With(s...)}, nil
}

// Broadcast is the shape to which NumPy stretches two shapes: they are aligned at the last axis, and
// an axis of 1 or one that is missing takes the other's size.
func Broadcast(a, b []int) ([]int, error) {
	out := make([]int, max(len(a), len(b)))
	for i := range out {
		da, db := 1, 1
		if k := i - len(out) + len(a); k >= 0 {
			da = a[k]
		}
		if k := i - len(out) + len(b); k >= 0 {
			db = b[k]
		}
		switch {
		case da == db || db == 1:
			out[i] = da
		case da == 1:
			out[i] = db
		default:
			return nil, fmt.Errorf("shapes %v and %v do not fit together: axis %d is %d in one and %d in the other", a, b, i, da, db)
		}
	}
	return out, nil
}

// Wrt is true for both.
func (Binary) Wrt(n int) []bool { return All(n) }

// Grad sums what an input was stretched over.
func (o Binary) Grad(g *Graph, in []*Node, y, dy *Node) []*Node {
	a, b := in[0], in[1]
	var da, db *Node
	switch o.Fn {
	case "add":
		da, db = dy, dy
	case "sub":
		da, db = dy, g.Apply(Unary{Fn: "neg"}, dy)
	case "mul":
		da, db = g.Apply(Binary{"mul"}, dy, b), g.Apply(Binary{"mul"}, dy, a)
	case "div": // d(a/b)/db = -y/b
		da = g.Apply(Binary{"div"}, dy, b)
		db = g.Apply(Unary{Fn: "neg"}, g.Apply(Binary{"mul"}, da, y))
	default:
		da = g.Apply(BinaryGrad{o}, a, b, dy)
		db = g.Pick(da, 1)
	}
	if g.Err() != nil {
		return nil
	}
	return []*Node{SumTo(g, da, a.Shape()), SumTo(g, db, b.Shape())}
}

// BinaryGrad is, for what has no simpler rule, (a, b, dy) -> the shares of dy that belong to a and to b, both
// of dy's shape.
type BinaryGrad struct{ Binary }

// Kind is "binary.grad".
func (BinaryGrad) Kind() string { return "binary.grad" }

// Infer is dy's spec, twice.
func (BinaryGrad) Infer(in []Spec) ([]Spec, error) { return []Spec{in[2], in[2]}, nil }

// Wrt hides the gradient rule of the embedded Binary: there are no second derivatives.
func (BinaryGrad) Wrt(n int) []bool { return make([]bool, n) }

// BroadcastTo stretches its input to a shape as in NumPy.
type BroadcastTo struct{ To []int }

// Kind is "broadcast_to".
func (BroadcastTo) Kind() string { return "broadcast_to" }

// Infer checks that the input stretches to the shape.
func (o BroadcastTo) Infer(in []Spec) ([]Spec, error) {
	s, err := Broadcast(in[0].Shape, o.To)
	if err == nil && !slices.Equal(s, o.To) {
		err = fmt.Errorf("shape %v does not stretch to %v", in[0].Shape, o.To)
	}
	if err != nil {
		return nil, err
	}
	return []Spec{in[0].With(o.To...)}, nil
}

// Wrt is true.
func (BroadcastTo) Wrt(n int) []bool { return All(n) }

// Grad sums over what was stretched.
func (BroadcastTo) Grad(g *Graph, in []*Node, _, dy *Node) []*Node {
	return []*Node{SumTo(g, dy, in[0].Shape())}
}

// SumTo is the gradient of stretching: it sums n over the axes along which shape was stretched to
// n's shape.
func SumTo(g *Graph, n *Node, shape []int) *Node {
	if g.Err() != nil {
		return nil
	}
	from := n.Shape()
	var axes []int
	lead := len(from) - len(shape)
	for i, d := range from {
		if i < lead || shape[i-lead] == 1 && d != 1 {
			axes = append(axes, i)
		}
	}
	if len(axes) > 0 {
		n = g.Apply(Reduce{Fn: "sum", Axes: axes}, n)
	}
	if g.Err() != nil || slices.Equal([]int(n.Shape()), shape) {
		return n
	}
	return g.Apply(Reshape{append([]int(nil), shape...)}, n)
}
