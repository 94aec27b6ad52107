package op

import "fmt"

// Conv2DTranspose is the transpose of the linear map that Conv2D is: each cell of x lays the kernel,
// times its value, into y, Strides apart, and what overlaps is summed.
//
// x [batch, height, width, channels], W [kh, kw, filters, channels]; y [batch, (height-1)·stride +
// extent, (width-1)·stride + extent, filters], the extent being that of the window, Window.Extent, or,
// of a window with padding "same", [batch, height·stride, width·stride, filters].
type Conv2DTranspose struct{ Window }

// Kind is "conv2d_transpose".
func (Conv2DTranspose) Kind() string { return "conv2d_transpose" }

// Infer checks the channels.
func (c Conv2DTranspose) Infer(in []Spec) ([]Spec, error) {
	x, w := in[0].Shape, in[1].Shape
	if len(x) != 4 || len(w) != 4 || w[0] != c.Size[0] || w[1] != c.Size[1] || w[3] != x[3] || w[2] < 1 {
		return nil, fmt.Errorf("a kernel of shape %v and a window of %v do not fit an input of shape %v", w, c.Size, x)
	}
	y := []int{x[0], 0, 0, w[2]}
	for a := range 2 {
		if x[1+a] < 1 {
			return nil, fmt.Errorf("an input of shape %v has no cells", x)
		}
		if y[1+a] = (x[1+a]-1)*c.Strides[a] + c.Extent(a); c.Same {
			y[1+a] = x[1+a] * c.Strides[a]
		}
	}
	if _, _, err := c.positions(y); err != nil {
		return nil, err
	}
	return []Spec{in[0].With(y...)}, nil
}

// Forward is the convolution of which this is the transpose.
func (c Conv2DTranspose) Forward() Conv2D { return Conv2D{Window: c.Window, Groups: 1} }

// Wrt is true for both.
func (Conv2DTranspose) Wrt(n int) []bool { return All(n) }

// Grad is the convolution of dy, and the gradient with respect to its kernel that has dy as its input
// and x as the gradient of its output.
func (c Conv2DTranspose) Grad(g *Graph, in []*Node, _, dy *Node) []*Node {
	n := g.Apply(Conv2DGrad{c.Forward()}, dy, in[1], in[0], in[0])
	return []*Node{g.Apply(c.Forward(), dy, in[1]), g.Pick(n, 1)}
}

// MultiplyAdds is one for each input and cell of the window over the filters.
func (Conv2DTranspose) MultiplyAdds(in []Spec, _ []bool) int {
	w := in[1].Shape
	return in[0].Elems() * w[0] * w[1] * w[2]
}
