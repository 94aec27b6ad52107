package op

import (
	"fmt"
	"slices"
)

// ConvLSTM is a long short-term memory whose products are convolutions (Shi and others, 2015, arXiv:1506.04214), after
// keras/src/layers/rnn/conv_lstm.py; see LSTM for the gates. The convolution of the input is done before, for all steps at once; that of
// the state has a window with strides of 1 that is padded so that the size stays.
//
// Inputs, in order: x [batch, time, depth, height, width, 4·filters], the convolved input with its bias; the recurrent kernel
// [kh, kw, Depth·filters, 4·filters], the planes of the window one after the other; then, where the attribute says so, the mask
// [batch, time], 1 where a step counts; the dropout of the state [4, batch, depth, height, width, filters], by which it is multiplied on
// its way into each gate; and the states h and c [batch, depth, height, width, filters], which are 0 otherwise.
//
// Output 0 is [batch, n, depth, height, width, filters]: with Sequences the output of every step in the order of reading, else that of the
// last one, and with States the final states after it. The others are kept for the gradient: what the convolution read at each step,
// [batch·time·depth, height, width, channels], with channels as Channels says; the gates, as x; c before each step.
type ConvLSTM struct {
	Window           // over height and width
	Depth      int   // cells of the window along the depth
	Activation Unary // of candidates and outputs; Fn is "" for none
	Gate       Unary // of the gates
	Mask       bool
	Dropout    bool
	Initial    bool
	Sequences  bool
	States     bool
	ZeroMasked bool // the output of a step that does not count is 0, and not that of the step before
	Backwards  bool // the last step of x comes first
	Aligned    bool // with Backwards: the output of a step lies where its input does
}

// Kind is "conv_lstm".
func (ConvLSTM) Kind() string { return "conv_lstm" }

// Inputs are the places of mask, dropout and h, -1 where there is none, and their number.
func (d ConvLSTM) Inputs() (mask, dropout, h, n int) {
	mask, dropout, h, n = -1, -1, -1, 2
	for _, p := range []struct {
		at    *int
		there bool
		n     int
	}{{&mask, d.Mask, 1}, {&dropout, d.Dropout, 1}, {&h, d.Initial, 2}} {
		if p.there {
			*p.at, n = n, n+p.n
		}
	}
	return mask, dropout, h, n
}

// Groups is the number of groups of the convolution: with Dropout each gate reads a state of its own.
func (d ConvLSTM) Groups() int {
	if d.Dropout {
		return lstmGates
	}
	return 1
}

// Channels is the number of channels that the convolution reads, for a state of so many filters.
func (d ConvLSTM) Channels(filters int) int { return d.Groups() * d.Depth * filters }

// Infer checks the shapes.
func (d ConvLSTM) Infer(in []Spec) ([]Spec, error) {
	mask, dropout, h, n := d.Inputs()
	if len(in) != n {
		return nil, fmt.Errorf("%d inputs, want %d", len(in), n)
	}
	for _, u := range []Unary{d.Activation, d.Gate} {
		if err := CheckCurve(u); err != nil {
			return nil, err
		}
	}
	x, u := in[0].Shape, in[1].Shape
	if len(x) != 6 || x[1] < 1 || x[5] < 1 || x[5]%lstmGates != 0 {
		return nil, fmt.Errorf("a convolved sequence is [batch, time, depth, height, width, 4·filters], got %v", x)
	}
	f := x[5] / lstmGates
	state := []int{x[0], x[2], x[3], x[4], f}
	wants := []struct {
		at    int
		what  string
		shape []int
	}{
		{1, "a recurrent kernel", []int{d.Size[0], d.Size[1], d.Depth * f, x[5]}},
		{mask, "a mask", x[:2]},
		{dropout, "a dropout", append([]int{lstmGates}, state...)},
		{h, "an initial state", state},
	}
	if h >= 0 {
		wants = append(wants, wants[3])
		wants[4].at++
	}
	for _, w := range wants {
		if w.at >= 0 && !slices.Equal(in[w.at].Shape, w.shape) {
			return nil, fmt.Errorf("%s of shape %v, want %v", w.what, in[w.at].Shape, w.shape)
		}
	}
	if len(u) != 4 || d.Strides != [2]int{1, 1} || max(d.Dilation[0], d.Dilation[1]) > 1 || !d.Same {
		return nil, fmt.Errorf("a window %v of the state, want one with strides of 1 that keeps the size", d.Window)
	}
	rows := 1
	if d.Sequences {
		rows = x[1]
	}
	if d.States {
		rows += lstmStates
	}
	spec := in[0]
	return []Spec{
		spec.With(x[0], rows, x[2], x[3], x[4], f), spec.With(x[0]*x[1]*x[2], x[3], x[4], d.Channels(f)), spec,
		spec.With(x[0], x[1], x[2], x[3], x[4], f),
	}, nil
}

// Wrt is true for all but mask and dropout.
func (d ConvLSTM) Wrt(n int) []bool {
	w := All(n)
	mask, dropout, _, _ := d.Inputs()
	for _, i := range []int{mask, dropout} {
		if i >= 0 {
			w[i] = false
		}
	}
	return w
}

// Grad makes the gradient of what was read at all steps in one node, and that of the recurrent kernel in one convolution of all steps.
func (d ConvLSTM) Grad(g *Graph, in []*Node, y, dy *Node) []*Node {
	mask, dropout, h, _ := d.Inputs()
	args := []*Node{in[1]}
	for _, i := range []int{mask, dropout} {
		if i >= 0 {
			args = append(args, in[i])
		}
	}
	n := g.Apply(ConvLSTMGrad{d}, append(args, g.Pick(y, 2), g.Pick(y, 3), dy)...)
	out := make([]*Node, len(in))
	out[0] = n
	if g.Err() != nil {
		return out
	}
	read := g.Pick(y, 1)
	s := SpecOf(read).Shape
	dz := g.Apply(Reshape{To: []int{s[0], s[1], s[2], SpecOf(in[0]).Shape[5]}}, n)
	c := Conv2DGrad{Conv2D{Window: d.Window, Groups: d.Groups()}}
	out[1] = g.Pick(g.Apply(c, read, in[1], dz, dz), 1)
	if h >= 0 {
		out[h], out[h+1] = g.Pick(n, 1), g.Pick(n, 2)
	}
	return out
}

// MultiplyAdds is that of the convolution of the state at each step.
func (d ConvLSTM) MultiplyAdds(in []Spec, _ []bool) int {
	x := in[0].Shape
	return x[0] * x[1] * x[2] * x[3] * x[4] * in[1].Elems()
}

// ConvLSTMGrad is back-propagation through time: (recurrent kernel, mask, dropout, gates, c before each step, dy) -> the gradients of x and
// of the initial states h and c.
type ConvLSTMGrad struct{ ConvLSTM }

// Kind is "conv_lstm.grad".
func (ConvLSTMGrad) Kind() string { return "conv_lstm.grad" }

// GradInputs are the places of mask and dropout, -1 where there is none, and of the gates.
func (d ConvLSTMGrad) GradInputs() (mask, dropout, gates int) {
	mask, dropout, gates = -1, -1, 1
	if d.Mask {
		mask, gates = gates, gates+1
	}
	if d.Dropout {
		dropout, gates = gates, gates+1
	}
	return mask, dropout, gates
}

// Infer gives each gradient the shape of what it belongs to.
func (d ConvLSTMGrad) Infer(in []Spec) ([]Spec, error) {
	_, _, gates := d.GradInputs()
	c := in[gates+1].Shape
	state := in[gates].With(append([]int{c[0]}, c[2:]...)...)
	return []Spec{in[gates], state, state}, nil
}

// Wrt hides the gradient rule of the embedded ConvLSTM: there are no second derivatives.
func (ConvLSTMGrad) Wrt(n int) []bool { return make([]bool, n) }

// MultiplyAdds is as many as forward.
func (d ConvLSTMGrad) MultiplyAdds(in []Spec, _ []bool) int {
	_, _, gates := d.GradInputs()
	return d.ConvLSTM.MultiplyAdds([]Spec{in[gates], in[0]}, nil)
}
