package op

// SimpleRNN is h = Activation(x·kernel + bias + h·recurrent_kernel), as keras/src/layers/rnn/simple_rnn.py; Elman, "Finding structure
// in time" (1990). It has no gates: Gate is not used.
//
// The state is h. Kept are h after each step, and the state before it. A step that does not count has zeros as the first of these.
type SimpleRNN struct{ Recurrent }

// Kind is "simple_rnn".
func (SimpleRNN) Kind() string { return "simple_rnn" }

func (d SimpleRNN) bias(units int) []int { return d.projectionBias(units) }

// Infer checks the shapes.
func (d SimpleRNN) Infer(in []Spec) ([]Spec, error) {
	z, y, err := d.infer(in, 1, 1, d.bias)
	if err != nil {
		return nil, err
	}
	state := y.With(z.batch, z.time, z.units)
	return []Spec{y, state, state}, nil
}

// Wrt is true for all but mask and dropout.
func (d SimpleRNN) Wrt(n int) []bool { return d.wrt(n, 1) }

// Grad makes all gradients in one node.
func (d SimpleRNN) Grad(g *Graph, in []*Node, y, dy *Node) []*Node {
	return d.gradient(g, SimpleRNNGrad{d}, in, y, dy, 1, 2)
}

// SimpleRNNGrad is back-propagation through time. Its inputs are those of SimpleRNN without bias and initial state, what SimpleRNN
// kept, and dy; its outputs the gradients of x, recurrent kernel, kernel, bias and initial state, as far as there are any.
type SimpleRNNGrad struct{ SimpleRNN }

// Kind is "simple_rnn.grad".
func (SimpleRNNGrad) Kind() string { return "simple_rnn.grad" }

// Infer gives each gradient the shape of what it belongs to.
func (d SimpleRNNGrad) Infer(in []Spec) ([]Spec, error) { return d.inferGrad(in, 1, d.bias), nil }

// Wrt hides the gradient rule of the embedded SimpleRNN: there are no second derivatives.
func (SimpleRNNGrad) Wrt(n int) []bool { return make([]bool, n) }

// MultiplyAdds counts the products of back-propagation.
func (d SimpleRNNGrad) MultiplyAdds(in []Spec, read []bool) int {
	return d.gradientMultiplyAdds(in, read)
}
