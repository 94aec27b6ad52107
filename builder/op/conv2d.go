package op

import "fmt"

// Conv2D is the cross-correlation that networks call convolution: at each position of the window,
// the products of the cells below it and a kernel, summed, (+ b), then relu where asked.
//
// x [batch, height, width, channels], W [kh, kw, channels/groups, filters], b [filters]; y [batch,
// height', width', filters]. Group g makes filters g·filters/groups and on from input channels
// g·channels/groups and on. Window.Size is the kernel's.
type Conv2D struct {
	Window
	Groups int
	Bias   bool // whether there is a third input, b
	Relu   bool

	Pooled *Pooled // set by a plan: of the output only its pooling is kept
}

// Pooled is a pooling that the operation before it does: the mean of windows beside each other, or the largest element.
type Pooled struct {
	Size [2]int
	Mean bool
}

// Kind is "conv2d".
func (Conv2D) Kind() string { return "conv2d" }

// Infer checks the channels and the size of the window.
func (c Conv2D) Infer(in []Spec) ([]Spec, error) {
	x, w := in[0].Shape, in[1].Shape
	h, wd, err := c.positions(x)
	if err != nil {
		return nil, err
	}
	if len(w) != 4 || w[0] != c.Size[0] || w[1] != c.Size[1] || c.Groups < 1 || w[2]*c.Groups != x[3] || w[3] < 1 || w[3]%c.Groups != 0 {
		return nil, fmt.Errorf("a kernel of shape %v does not fit an input of shape %v in %d groups", w, x, c.Groups)
	}
	if c.Bias && (len(in[2].Shape) != 1 || in[2].Shape[0] != w[3]) {
		return nil, fmt.Errorf("a bias of shape %v does not fit a kernel of shape %v", in[2].Shape, w)
	}
	return []Spec{in[0].With(x[0], h, wd, w[3])}, nil
}

// Wrt is true for all.
func (Conv2D) Wrt(n int) []bool { return All(n) }

// Grad makes all three gradients in one node.
func (c Conv2D) Grad(g *Graph, in []*Node, y, dy *Node) []*Node {
	n := g.Apply(Conv2DGrad{c}, in[0], in[1], y, dy)
	out := []*Node{n, g.Pick(n, 1)}
	if c.Bias {
		out = append(out, g.Pick(n, 2))
	}
	return out
}

// Conv2DGrad is (x, W, y, dy) -> dx, dW and, with a bias, db.
type Conv2DGrad struct{ Conv2D }

// Kind is "conv2d.grad".
func (Conv2DGrad) Kind() string { return "conv2d.grad" }

// Infer gives each gradient the shape of what it belongs to.
func (c Conv2DGrad) Infer(in []Spec) ([]Spec, error) {
	out := []Spec{in[0], in[1]}
	if c.Bias {
		out = append(out, in[1].With(in[1].Shape[3]))
	}
	return out, nil
}

// Wrt hides the gradient rule of the embedded Conv2D: there are no second derivatives.
func (Conv2DGrad) Wrt(n int) []bool { return make([]bool, n) }

// MultiplyAdds is one for each output and cell of the window over the channels of its group.
func (c Conv2D) MultiplyAdds(in []Spec, _ []bool) int {
	x, w := in[0].Shape, in[1].Shape
	return x[0] * c.Out(0, x[1]) * c.Out(1, x[2]) * w[0] * w[1] * w[2] * w[3]
}

// MultiplyAdds is as many for each of dx and dW.
func (c Conv2DGrad) MultiplyAdds(in []Spec, read []bool) int {
	return count(read, 0, 1) * c.Conv2D.MultiplyAdds(in, nil)
}
