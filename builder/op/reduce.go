package op

import "fmt"

// Reduce joins the elements along some axes into one: Fn is "sum", "mean", "max" or "min". Axes nil
// means all. KeepDims leaves axes of size 1 behind. Of several largest elements each gets an equal
// share of the gradient.
type Reduce struct {
	Fn       string
	Axes     []int
	KeepDims bool
}

// Kind is "reduce".
func (Reduce) Kind() string { return "reduce" }

// Over tells for each axis of a shape of the given rank whether it is reduced.
func (o Reduce) Over(rank int) ([]bool, error) {
	over := make([]bool, rank)
	if o.Axes == nil {
		return All(rank), nil
	}
	for _, a := range o.Axes {
		k := a
		if k < 0 {
			k += rank
		}
		if k < 0 || k >= rank || over[k] {
			return nil, fmt.Errorf("axes %v do not fit a rank of %d", o.Axes, rank)
		}
		over[k] = true
	}
	return over, nil
}

// Infer drops the axes, or makes them 1.
func (o Reduce) Infer(in []Spec) ([]Spec, error) {
	switch o.Fn {
	case "sum", "mean", "max", "min":
	default:
		return nil, fmt.Errorf("there is no reduction %q", o.Fn)
	}
	if in[0].DType == Int32 {
		return nil, fmt.Errorf("%s wants floats, got %v", o.Fn, in[0])
	}
	over, err := o.Over(len(in[0].Shape))
	if err != nil {
		return nil, err
	}
	out := Spec{Shape: []int{}, DType: in[0].DType}
	for i, d := range in[0].Shape {
		switch {
		case !over[i]:
			out.Shape = append(out.Shape, d)
		case d == 0 && (o.Fn == "max" || o.Fn == "min"):
			return nil, fmt.Errorf("%s of no elements: shape %v", o.Fn, in[0].Shape)
		case o.KeepDims:
			out.Shape = append(out.Shape, 1)
		}
	}
	return []Spec{out}, nil
}

// Wrt is true.
func (Reduce) Wrt(n int) []bool { return All(n) }

// Grad stretches dy over the elements it came from.
func (o Reduce) Grad(g *Graph, in []*Node, y, dy *Node) []*Node {
	from := SpecOf(in[0]).Shape
	kept := o
	kept.KeepDims = true
	s, err := kept.Infer([]Spec{SpecOf(in[0])})
	if err != nil {
		return []*Node{g.Fail(err)}
	}
	keep := Reshape{s[0].Shape}
	if o.Fn == "max" || o.Fn == "min" {
		return []*Node{g.Apply(ReduceGrad{o}, in[0], y, dy)}
	}
	if !o.KeepDims {
		dy = g.Apply(keep, dy)
	}
	if o.Fn == "mean" {
		dy = g.Apply(Scale(float64(s[0].Elems())/float64(SpecOf(in[0]).Elems())), dy)
	}
	return []*Node{g.Apply(BroadcastTo{from}, dy)}
}

// ReduceGrad is, for "max" and "min", (x, y, dy) -> dx.
type ReduceGrad struct{ Reduce }

// Kind is "reduce.grad".
func (ReduceGrad) Kind() string { return "reduce.grad" }

// Infer is x's spec.
func (ReduceGrad) Infer(in []Spec) ([]Spec, error) { return []Spec{in[0]}, nil }

// Wrt hides the gradient rule of the embedded Reduce: there are no second derivatives.
func (ReduceGrad) Wrt(n int) []bool { return make([]bool, n) }
