package op

// GRU is the gated recurrent unit of Cho and others (2014), as keras/src/layers/rnn/gru.py. With a = x·kernel + bias [3·units] and
// b = h·recurrent_kernel, each in three parts in the order z, r, h:
//
//	z, r = Gate(a_z + b_z), Gate(a_r + b_r)
//	c = Activation(a_h + (r·h)·recurrent_kernel_h)
//	h = z·h + (1-z)·c
//
// With ResetAfter the reset comes after the product, c = Activation(a_h + r·b_h), and the bias is [2, 3·units]: its second row
// is added to b, and is the whole bias where Projected.
//
// The state is h. Kept are z, r and c as [batch, time, 3·units], the state before each step, and, [batch, time, units], r·h or with
// ResetAfter b_h. A step that does not count has zeros as gates.
type GRU struct {
	Recurrent
	ResetAfter bool
}

// Kind is "gru".
func (GRU) Kind() string { return "gru" }

const (
	gruGates  = 3
	gruStates = 1
)

func (d GRU) bias(units int) []int {
	if !d.ResetAfter {
		return d.projectionBias(gruGates * units)
	}
	if d.Projected {
		return []int{gruGates * units}
	}
	return []int{2, gruGates * units}
}

// Infer checks the shapes.
func (d GRU) Infer(in []Spec) ([]Spec, error) {
	z, y, err := d.infer(in, gruGates, gruStates, d.bias)
	if err != nil {
		return nil, err
	}
	state := y.With(z.batch, z.time, z.units)
	return []Spec{y, y.With(z.batch, z.time, gruGates*z.units), state, state}, nil
}

// Wrt is true for all but mask and dropout.
func (d GRU) Wrt(n int) []bool { return d.wrt(n, gruStates) }

// Grad makes all gradients in one node.
func (d GRU) Grad(g *Graph, in []*Node, y, dy *Node) []*Node {
	return d.gradient(g, GRUGrad{d}, in, y, dy, gruStates, 3)
}

// GRUGrad is back-propagation through time. Its inputs are those of GRU without bias and initial state, what GRU kept, and dy; its
// outputs the gradients of x, recurrent kernel, kernel, bias and initial state, as far as there are any.
type GRUGrad struct{ GRU }

// Kind is "gru.grad".
func (GRUGrad) Kind() string { return "gru.grad" }

// Infer gives each gradient the shape of what it belongs to.
func (d GRUGrad) Infer(in []Spec) ([]Spec, error) { return d.inferGrad(in, gruStates, d.bias), nil }

// Wrt hides the gradient rule of the embedded GRU: there are no second derivatives.
func (GRUGrad) Wrt(n int) []bool { return make([]bool, n) }

// MultiplyAdds counts the products of back-propagation.
func (d GRUGrad) MultiplyAdds(in []Spec, read []bool) int { return d.gradientMultiplyAdds(in, read) }
