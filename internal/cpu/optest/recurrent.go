package optest

import (
	"math"

	"github.com/dlrun/dlrun/builder/op"
)

// The references of lstm, gru and simple_rnn step through a sequence one example at a time.

// recurrent is a case of a recurrent operation.
type recurrent struct {
	op.Recurrent
	gates, states          int
	bias                   []int // its shape, nil where it is part of the projection
	batch, time, in, units int
	step                   func(c *recurrentStep)
}

// recurrentStep is one step of one example.
type recurrentStep struct {
	x         []float64   // the projection, bias and all
	stateBias []float64   // gru's second row
	state     [][]float64 // before and, when done, after the step
	gates     []float64   // to be kept
	inner     []float64
	u         Tensor // the recurrent kernel
	drop      func(gate, k int) float64
	act, gate func(x float64) float64
}

// args are the inputs of the case.
func (r recurrent) args() []Arg {
	x := Floats(r.batch, r.time, r.in)
	if r.Projected {
		x = Floats(r.batch, r.time, r.gates*r.units)
	}
	// Kernels that are not too large for what comes out to follow from what goes in.
	in := []Arg{x, Floats(r.units, r.gates*r.units).From(-2/float64(r.units+1), 2/float64(r.units+1))}
	if !r.Projected {
		in = append(in, Floats(r.in, r.gates*r.units))
	}
	if r.Bias {
		in = append(in, Floats(r.bias...))
	}
	if r.Mask {
		m := make([]float64, r.batch*r.time)
		for i := range m {
			if i*7%5 < 3 || i >= r.time && i < 2*r.time-1 {
				m[i] = 1
			}
		}
		in = append(in, Floats(r.batch, r.time).Values(m...))
	}
	if r.Dropout {
		d := make([]float64, r.gates*r.batch*r.units)
		for i := range d {
			if i*5%7 < 4 {
				d[i] = 1.75
			}
		}
		in = append(in, Floats(r.gates, r.batch, r.units).Values(d...))
	}
	if r.Initial {
		for range r.states {
			in = append(in, Floats(r.batch, r.units))
		}
	}
	return in
}

func curveOf(u op.Unary) func(x float64) float64 {
	switch u.Fn {
	case "tanh":
		return math.Tanh
	case "sigmoid":
		return func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
	case "relu":
		return func(x float64) float64 { return math.Max(x, 0) }
	case "leaky_relu":
		return func(x float64) float64 { return math.Max(x, u.A*x) }
	case "relu6":
		return func(x float64) float64 { return math.Min(math.Max(x, 0), 6) }
	case "elu":
		return func(x float64) float64 { return math.Max(x, 0) + u.A*math.Expm1(math.Min(x, 0)) }
	case "selu":
		return func(x float64) float64 {
			return 1.05070098735548049 * (math.Max(x, 0) + 1.67326324235437728*math.Expm1(math.Min(x, 0)))
		}
	case "softplus":
		return func(x float64) float64 { return math.Log1p(math.Exp(x)) }
	case "log_sigmoid":
		return func(x float64) float64 { return -math.Log1p(math.Exp(-x)) }
	case "softsign":
		return func(x float64) float64 { return x / (1 + math.Abs(x)) }
	case "exp":
		return math.Exp
	case "hard_sigmoid":
		return func(x float64) float64 { return math.Min(math.Max(x+3, 0), 6) / 6 }
	case "hard_tanh":
		return func(x float64) float64 { return math.Min(math.Max(x, -1), 1) }
	}
	return func(x float64) float64 { return x }
}

// want is the reference of a case.
func (r recurrent) want(in []Tensor) [][]float64 {
	p := r.Inputs(r.states)
	wide := r.gates * r.units
	rows := 1
	if r.Sequences {
		rows = r.time
	}
	if r.States {
		rows += r.states
	}
	y := Zeros(r.batch, rows, r.units)
	gates := Zeros(r.batch, r.time, wide)
	inner := Zeros(r.batch, r.time, r.units)
	var before []Tensor
	for range r.states {
		before = append(before, Zeros(r.batch, r.time, r.units))
	}
	for b := range r.batch {
		c := recurrentStep{u: in[1], act: curveOf(r.Activation), gate: curveOf(r.Gate)}
		c.drop = func(gate, k int) float64 {
			if !r.Dropout {
				return 1
			}
			return in[p.Dropout].At(gate, b, k)
		}
		for s := range r.states {
			c.state = append(c.state, make([]float64, r.units))
			for k := range r.units {
				if r.Initial {
					c.state[s][k] = in[p.States+s].At(b, k)
				}
			}
		}
		for n := range r.time {
			t := n
			if r.Backwards {
				t = r.time - 1 - n
			}
			at := n
			if r.Aligned {
				at = t
			}
			c.x = r.projection(in, p, b, t)
			if r.Bias && len(r.bias) == 2 {
				c.stateBias = in[p.Bias].V[wide:]
			} else if r.Bias && r.Projected {
				c.stateBias = in[p.Bias].V
			}
			for s, h := range c.state {
				copy(before[s].V[before[s].Index(b, t, 0):], h)
			}
			counts := !r.Mask || in[p.Mask].At(b, t) != 0
			if counts {
				c.gates, c.inner = gates.V[gates.Index(b, t, 0):][:wide], inner.V[inner.Index(b, t, 0):][:r.units]
				r.step(&c)
			}
			if r.Sequences || n == r.time-1 {
				if !r.Sequences {
					at = 0
				}
				if counts || !r.ZeroMasked {
					copy(y.V[y.Index(b, at, 0):], c.state[0])
				}
			}
		}
		if r.States {
			for s, h := range c.state {
				copy(y.V[y.Index(b, rows-r.states+s, 0):], h)
			}
		}
	}
	out := [][]float64{y.V, gates.V}
	for _, b := range before {
		out = append(out, b.V)
	}
	if r.gates == 3 {
		out = append(out, inner.V)
	}
	return out
}

// projection is x·kernel + bias.
func (r recurrent) projection(in []Tensor, p op.Inputs, b, t int) []float64 {
	out := make([]float64, r.gates*r.units)
	for j := range out {
		if r.Projected {
			out[j] = in[0].At(b, t, j)
			continue
		}
		for i := range r.in {
			out[j] += in[0].At(b, t, i) * in[p.Kernel].At(i, j)
		}
		if r.Bias {
			out[j] += in[p.Bias].V[j]
		}
	}
	return out
}

// times is column j of the product of h with the recurrent kernel.
func (c *recurrentStep) times(h []float64, j int) float64 {
	units := len(h)
	s := 0.0
	for k, v := range h {
		s += v * c.drop(j/units, k) * c.u.At(k, j)
	}
	return s
}

// recurrentCases are those that every cell has: with an attribute each, and together.
func recurrentCases(make func(name string, r recurrent) Case) []Case {
	tanh, sigmoid := op.Unary{Fn: "tanh"}, op.Unary{Fn: "sigmoid"}
	base := recurrent{Recurrent: op.Recurrent{Activation: tanh, Gate: sigmoid, Bias: true}, batch: 3, time: 4, in: 2, units: 3}
	set := func(f func(r *recurrent)) recurrent {
		r := base
		f(&r)
		return r
	}
	cases := []Case{
		make("last", base),
		make("no_bias", set(func(r *recurrent) { r.Bias = false })),
		make("sequences", set(func(r *recurrent) { r.Sequences = true })),
		make("states", set(func(r *recurrent) { r.States = true })),
		make("sequences_states_initial", set(func(r *recurrent) { r.Sequences, r.States, r.Initial = true, true, true })),
		make("backwards", set(func(r *recurrent) { r.Backwards, r.Sequences = true, true })),
		make("backwards_last_initial", set(func(r *recurrent) { r.Backwards, r.Initial = true, true })),
		make("aligned", set(func(r *recurrent) { r.Backwards, r.Aligned, r.Sequences, r.States = true, true, true, true })),
		make("mask", set(func(r *recurrent) { r.Mask, r.Sequences, r.Initial = true, true, true })),
		make("mask_last", set(func(r *recurrent) { r.Mask, r.States = true, true })),
		make("mask_zero", set(func(r *recurrent) { r.Mask, r.ZeroMasked, r.Sequences = true, true, true })),
		make("mask_zero_last_backwards", set(func(r *recurrent) { r.Mask, r.ZeroMasked, r.Backwards = true, true, true })),
		make("dropout", set(func(r *recurrent) { r.Dropout, r.Sequences = true, true })),
		make("projected", set(func(r *recurrent) { r.Projected, r.Bias, r.Sequences = true, false, true })),
		make("projected_dropout_mask", set(func(r *recurrent) {
			r.Projected, r.Bias, r.Dropout, r.Mask, r.Initial, r.States = true, false, true, true, true, true
		})),
		make("one_step", set(func(r *recurrent) { r.batch, r.time, r.units, r.Sequences = 1, 1, 1, true })),
		make("several_groups", set(func(r *recurrent) { r.batch, r.time, r.in, r.units, r.Sequences = 19, 17, 5, 18, true })),
		make("several_groups_a_part", set(func(r *recurrent) { r.batch, r.time, r.in, r.Mask = 150, 2, 3, true })),
		make("long", set(func(r *recurrent) { r.batch, r.time, r.Backwards, r.Initial, r.States = 1, 131, true, true, true })),
		make("large", set(func(r *recurrent) {
			r.batch, r.time, r.in, r.units, r.Sequences, r.Mask, r.Backwards = 13, 31, 37, 45, true, true, true
		})),
	}
	for _, fn := range []op.Unary{
		{},
		{Fn: "relu"},
		{Fn: "relu6"},
		{Fn: "leaky_relu", A: 0.2},
		{Fn: "elu", A: 1},
		{Fn: "elu", A: 0.5},
		{Fn: "selu"},
		{Fn: "softplus"},
		{Fn: "log_sigmoid"},
		{Fn: "softsign"},
		{Fn: "exp"},
		{Fn: "hard_sigmoid"},
		{Fn: "hard_tanh"},
		{Fn: "sigmoid"},
	} {
		name := fn.Fn
		if name == "" {
			name = "linear"
		}
		cases = append(cases, make("activation_"+name, set(func(r *recurrent) { r.Activation, r.Sequences = fn, true })))
	}
	return append(cases, make("gate_hard_sigmoid", set(func(r *recurrent) { r.Gate, r.Sequences = op.Unary{Fn: "hard_sigmoid"}, true })))
}
