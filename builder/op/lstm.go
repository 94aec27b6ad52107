package op

// LSTM is the long short-term memory of Hochreiter and Schmidhuber (1997), with the forget gate of Gers and others, as
// keras/src/layers/rnn/lstm.py. With the four parts of z = x·kernel + h·recurrent_kernel + bias [4·units] in the order i, f, c, o:
//
//	i, f, o = Gate(z_i), Gate(z_f), Gate(z_o)
//	c = f·c + i·Activation(z_c)
//	h = o·Activation(c)
//
// The states are h and c. Kept are i, f, Activation(z_c) and o as [batch, time, 4·units], and the states before each step. A step
// that does not count has zeros as gates.
type LSTM struct{ Recurrent }

// Kind is "lstm".
func (LSTM) Kind() string { return "lstm" }

const (
	lstmGates  = 4
	lstmStates = 2
)

func (d LSTM) bias(units int) []int { return d.projectionBias(lstmGates * units) }

// Infer checks the shapes.
func (d LSTM) Infer(in []Spec) ([]Spec, error) {
	z, y, err := d.infer(in, lstmGates, lstmStates, d.bias)
	if err != nil {
		return nil, err
	}
	state := y.With(z.batch, z.time, z.units)
	return []Spec{y, y.With(z.batch, z.time, lstmGates*z.units), state, state}, nil
}

// Wrt is true for all but mask and dropout.
func (d LSTM) Wrt(n int) []bool { return d.wrt(n, lstmStates) }

// Grad makes all gradients in one node.
func (d LSTM) Grad(g *Graph, in []*Node, y, dy *Node) []*Node {
	return d.gradient(g, LSTMGrad{d}, in, y, dy, lstmStates, 3)
}

// LSTMGrad is back-propagation through time. Its inputs are those of LSTM without bias and initial states, what LSTM kept, and dy; its
// outputs the gradients of x, recurrent kernel, kernel, bias and initial states, as far as there are any.
type LSTMGrad struct{ LSTM }

// Kind is "lstm.grad".
func (LSTMGrad) Kind() string { return "lstm.grad" }

// Infer gives each gradient the shape of what it belongs to.
func (d LSTMGrad) Infer(in []Spec) ([]Spec, error) { return d.inferGrad(in, lstmStates, d.bias), nil }

// Wrt hides the gradient rule of the embedded LSTM: there are no second derivatives.
func (LSTMGrad) Wrt(n int) []bool { return make([]bool, n) }

// MultiplyAdds counts the products of back-propagation.
func (d LSTMGrad) MultiplyAdds(in []Spec, read []bool) int { return d.gradientMultiplyAdds(in, read) }
