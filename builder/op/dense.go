package op

import "fmt"

// Dense is y = x·W (+ b), then relu where asked, over the last axis of x: x [..., in], W [in, units],
// b [units], y [..., units].
type Dense struct {
	Bias bool // whether there is a third input, b
	Relu bool
	// Dropped is what is done to y at last, or nil. It has draws of its own for every element. A plan sets it, where a Dropout
	// follows.
	Dropped *Dropout
	// Then is the activation behind the layer, or nil; there is a second output then, what it makes of the first. A plan sets it.
	Then *Unary
	// Slope says that the first output is the derivative of Then there, instead of the sum. A plan sets it.
	Slope bool
}

// Kind is "dense".
func (Dense) Kind() string { return "dense" }

// Infer checks that the inner sizes agree.
func (d Dense) Infer(in []Spec) ([]Spec, error) {
	x, w := in[0].Shape, in[1].Shape
	if len(x) < 2 || len(w) != 2 || x[len(x)-1] != w[0] {
		return nil, fmt.Errorf("inputs of shape %v do not fit a kernel of shape %v", x, w)
	}
	if d.Bias && (len(in[2].Shape) != 1 || in[2].Shape[0] != w[1]) {
		return nil, fmt.Errorf("a bias of shape %v does not fit a kernel of shape %v", in[2].Shape, w)
	}
	y := append(append([]int(nil), x[:len(x)-1]...), w[1])
	return []Spec{in[0].With(y...)}, nil
}

// Wrt is true for all.
func (Dense) Wrt(n int) []bool { return All(n) }

// Grad makes all three gradients in one node.
func (d Dense) Grad(g *Graph, in []*Node, y, dy *Node) []*Node {
	n := g.Apply(DenseGrad{Dense: d}, in[0], in[1], y, dy)
	out := []*Node{n, g.Pick(n, 1)}
	if d.Bias {
		out = append(out, g.Pick(n, 2))
	}
	return out
}

// DenseGrad is (x, W, y, dy) -> dx, dW and, with a bias, db.
type DenseGrad struct {
	Dense
	// Below is the layer with ReLU that made x, whose gradient dx then is before that ReLU and the dropout behind it, or nil; Ready says
	// that dy is such a gradient already. A plan sets them.
	Below *Dense
	Ready bool
	// Behind is the activation that made x, or nil; dx then is the gradient of what it was made of, and what the activation's gradient
	// needs besides dy are further inputs. A plan sets it.
	Behind *Unary
	// Sloped says that what Behind needs is given as its derivative. A plan sets it.
	Sloped bool
}

// Kind is "dense.grad".
func (DenseGrad) Kind() string { return "dense.grad" }

// Infer gives each gradient the shape of what it belongs to.
func (d DenseGrad) Infer(in []Spec) ([]Spec, error) {
	out := []Spec{in[0], in[1]}
	if d.Bias {
		out = append(out, in[1].With(in[1].Shape[1]))
	}
	return out, nil
}

// Wrt hides the gradient rule of the embedded Dense: there are no second derivatives.
func (DenseGrad) Wrt(n int) []bool { return make([]bool, n) }

// MultiplyAdds is the number of products in x·W.
func (Dense) MultiplyAdds(in []Spec, _ []bool) int { return in[0].Elems() * in[1].Shape[1] }

// MultiplyAdds is as many for each of dx and dW.
func (d DenseGrad) MultiplyAdds(in []Spec, read []bool) int {
	return count(read, 0, 1) * d.Dense.MultiplyAdds(in, nil)
}
