package op

// MaxPool2D is the largest cell below the window, for each channel of x [batch, height, width,
// channels]. Output 1 (int32) says where it was: its index among the elements of the example. Of
// equal cells it is the first, row by row, and so it alone gets the gradient.
type MaxPool2D struct{ Window }

// Kind is "max_pool2d".
func (MaxPool2D) Kind() string { return "max_pool2d" }

// Infer checks the size of the window.
func (p MaxPool2D) Infer(in []Spec) ([]Spec, error) {
	h, w, err := p.positions(in[0].Shape)
	if err != nil {
		return nil, err
	}
	y := in[0].With(in[0].Shape[0], h, w, in[0].Shape[3])
	return []Spec{y, {Shape: y.Shape, DType: Int32}}, nil
}

// Wrt is true.
func (MaxPool2D) Wrt(n int) []bool { return All(n) }

// Grad sends dy to where the maxima were.
func (p MaxPool2D) Grad(g *Graph, in []*Node, y, dy *Node) []*Node {
	return []*Node{g.Apply(MaxPool2DGrad{p.Window, SpecOf(in[0]).Shape}, g.Pick(y, 1), dy)}
}

// MaxPool2DGrad is (where, dy) -> dx, for an input of shape X.
type MaxPool2DGrad struct {
	Window
	X []int
}

// Kind is "max_pool2d.grad".
func (MaxPool2DGrad) Kind() string { return "max_pool2d.grad" }

// Infer is the spec of the input.
func (p MaxPool2DGrad) Infer(in []Spec) ([]Spec, error) { return []Spec{in[1].With(p.X...)}, nil }

// AvgPool2D is the mean of the cells below the window, for each channel of x [batch, height, width,
// channels]. Padding does not count.
type AvgPool2D struct{ Window }

// Kind is "avg_pool2d".
func (AvgPool2D) Kind() string { return "avg_pool2d" }

// Infer checks the size of the window.
func (p AvgPool2D) Infer(in []Spec) ([]Spec, error) {
	h, w, err := p.positions(in[0].Shape)
	if err != nil {
		return nil, err
	}
	return []Spec{in[0].With(in[0].Shape[0], h, w, in[0].Shape[3])}, nil
}

// Wrt is true.
func (AvgPool2D) Wrt(n int) []bool { return All(n) }

// Grad shares dy among the cells.
func (p AvgPool2D) Grad(g *Graph, in []*Node, _, dy *Node) []*Node {
	return []*Node{g.Apply(AvgPool2DGrad{p.Window, SpecOf(in[0]).Shape}, dy)}
}

// AvgPool2DGrad is dy -> dx, for an input of shape X.
type AvgPool2DGrad struct {
	Window
	X []int
}

// Kind is "avg_pool2d.grad".
func (AvgPool2DGrad) Kind() string { return "avg_pool2d.grad" }

// Infer is the spec of the input.
func (p AvgPool2DGrad) Infer(in []Spec) ([]Spec, error) { return []Spec{in[0].With(p.X...)}, nil }
