package op

import "fmt"

// Softmax is eˣ over the sum of eˣ along an axis, or the logarithm of that.
type Softmax struct {
	Axis int // from 0
	Log  bool
}

// Kind is "softmax".
func (Softmax) Kind() string { return "softmax" }

// Infer is the input's spec.
func (o Softmax) Infer(in []Spec) ([]Spec, error) { return along(in[0], o.Axis) }

// along is the result of an op that works along an axis and keeps the shape.
func along(s Spec, axis int) ([]Spec, error) {
	if axis < 0 || axis >= len(s.Shape) || s.DType == Int32 {
		return nil, fmt.Errorf("%v has no axis %d of floats", s, axis)
	}
	return []Spec{s}, nil
}

// Wrt is true.
func (Softmax) Wrt(n int) []bool { return All(n) }

// Grad needs the output alone.
func (o Softmax) Grad(g *Graph, _ []*Node, y, dy *Node) []*Node {
	return []*Node{g.Apply(SoftmaxGrad{o}, y, dy)}
}

// SoftmaxGrad is (y, dy) -> dx.
type SoftmaxGrad struct{ Softmax }

// Kind is "softmax.grad".
func (SoftmaxGrad) Kind() string { return "softmax.grad" }

// Wrt hides the gradient rule of the embedded Softmax: there are no second derivatives.
func (SoftmaxGrad) Wrt(n int) []bool { return make([]bool, n) }
