package op

import "fmt"

// Resize samples its input at To evenly spaced places along an axis, as jax.image.resize does. Method
// says how a value between cells is made: "nearest", "bilinear" (a triangle over two cells), "bicubic"
// (Keys, 1981, with a = -½, over four), "lanczos3" or "lanczos5" (over six and ten). Weights of cells
// beyond the ends are shared among the others.
//
// Antialias widens these for a smaller output, so that every cell counts. With a Scale other than 0 it is
// jax.image.scale_and_translate: the input, Scale times as large, moved by Shift; samples outside of it
// are 0.
type Resize struct {
	Axis, To     int
	Method       string
	Antialias    bool
	Scale, Shift float64
}

// ResizeMethods are the methods that Resize knows.
var ResizeMethods = []string{"nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"}

// Kind is "resize".
func (Resize) Kind() string { return "resize" }

// Infer changes the size of the axis.
func (o Resize) Infer(in []Spec) ([]Spec, error) {
	s := in[0].Shape
	known := false
	for _, m := range ResizeMethods {
		known = known || m == o.Method
	}
	if !known || in[0].DType == Int32 || o.Axis < 0 || o.Axis >= len(s) || s[o.Axis] < 1 || o.To < 1 || o.Scale < 0 {
		return nil, fmt.Errorf("axis %d of %v sampled at %d places with method %q", o.Axis, in[0], o.To, o.Method)
	}
	out := in[0].With(s...)
	out.Shape[o.Axis] = o.To
	return []Spec{out}, nil
}

// Wrt is true.
func (Resize) Wrt(n int) []bool { return All(n) }

// Grad gives each cell what the samples took from it.
func (o Resize) Grad(g *Graph, in []*Node, _, dy *Node) []*Node {
	return []*Node{g.Apply(ResizeGrad{o, SpecOf(in[0]).Shape[o.Axis]}, dy)}
}

// ResizeGrad is dy -> dx, for an input that has From cells along the axis.
type ResizeGrad struct {
	Resize
	From int
}

// Kind is "resize.grad".
func (ResizeGrad) Kind() string { return "resize.grad" }

// Infer is the spec of the input.
func (o ResizeGrad) Infer(in []Spec) ([]Spec, error) {
	out := in[0].With(in[0].Shape...)
	out.Shape[o.Axis] = o.From
	return []Spec{out}, nil
}

// Wrt hides the gradient rule of the embedded Resize: there are no second derivatives.
func (ResizeGrad) Wrt(n int) []bool { return make([]bool, n) }
