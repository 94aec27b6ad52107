package op

import (
	"fmt"
	"slices"
	"sort"
)

// Recurrent is what LSTM, GRU and SimpleRNN have in common: a cell that is applied along axis 1 of x, from step to step, with a
// state of [batch, units] that it hands on. The whole sequence is one operation, and so is its gradient.
//
// Inputs, in order: x [batch, time, in]; the recurrent kernel [units, gates·units]; the kernel [in, gates·units], unless Projected; then,
// where the attribute says so, the bias; the mask [batch, time], 1 where a step counts and 0 where it does not; the dropout of the state
// [gates, batch, units], by which the state is multiplied on its way into each gate; and the initial states [batch, units], which are 0
// otherwise.
//
// Output 0 is [batch, n, units]: with Sequences the output of every step, else that of the last one, and with States the final
// states after it. A step that does not count leaves the state as it was; its output is that of the step before, or 0 with
// ZeroMasked. The other outputs are kept for the gradient: what the gates were at each step, then the states before each step,
// all [batch, time, ...] in the order of x.
type Recurrent struct {
	Activation Unary // of candidates and outputs; Fn is "" for none
	Gate       Unary // of the gates: Keras' recurrent_activation

	Projected  bool // x is what the product of the input and the kernel, with the bias, would be
	Bias       bool
	Mask       bool
	Dropout    bool
	Initial    bool
	Sequences  bool
	States     bool
	ZeroMasked bool

	Backwards bool // the last step of x comes first, and so does its output
	Aligned   bool // with Backwards: the output of a step lies where its input does
}

// curves are the functions of Unary that a recurrent cell can have as activation: those whose derivative follows from their value.
// Each tells whether the parameter A is right.
var curves = map[string]func(a float64) bool{
	"": anyA, "relu": anyA, "relu6": anyA, "selu": anyA, "sigmoid": anyA, "tanh": anyA, "softplus": anyA, "softsign": anyA,
	"exp": anyA, "log_sigmoid": anyA, "hard_sigmoid": anyA, "hard_tanh": anyA,
	"leaky_relu": func(a float64) bool { return a > 0 },
	"elu":        func(a float64) bool { return a >= 0 },
}

func anyA(float64) bool { return true }

// CheckCurve tells whether a recurrent cell can have u as activation.
func CheckCurve(u Unary) error {
	ok, known := curves[u.Fn]
	if !known {
		var names []string
		for n := range curves {
			if n != "" {
				names = append(names, n)
			}
		}
		sort.Strings(names)
		return fmt.Errorf("a recurrent cell cannot have the activation %q, only %v or none", u.Fn, names)
	}
	if !ok(u.A) {
		return fmt.Errorf("a recurrent cell cannot have the activation %q with the parameter %v", u.Fn, u.A)
	}
	return nil
}

// Inputs are the places of the inputs; -1 where there is none. States is that of the first initial state.
type Inputs struct {
	Kernel, Bias, Mask, Dropout, States int
	N                                   int
}

// Inputs tells where the inputs are, for a cell of that many states.
func (r Recurrent) Inputs(states int) Inputs {
	p := Inputs{N: 2}
	next := func(there bool, n int) int {
		if !there {
			return -1
		}
		p.N += n
		return p.N - n
	}
	p.Kernel = next(!r.Projected, 1)
	p.Bias = next(r.Bias, 1)
	p.Mask = next(r.Mask, 1)
	p.Dropout = next(r.Dropout, 1)
	p.States = next(r.Initial, states)
	return p
}

// sizes of a recurrent operation.
type sizes struct{ batch, time, units int }

// infer checks the inputs of a cell of that many gates and states, whose bias has the given shape, and returns output 0.
func (r Recurrent) infer(in []Spec, gates, states int, bias func(units int) []int) (sizes, Spec, error) {
	var z sizes
	if err := CheckCurve(r.Activation); err != nil {
		return z, Spec{}, err
	}
	if err := CheckCurve(r.Gate); err != nil {
		return z, Spec{}, err
	}
	p := r.Inputs(states)
	if len(in) != p.N {
		return z, Spec{}, fmt.Errorf("%d inputs, want %d", len(in), p.N)
	}
	x, u := in[0].Shape, in[1].Shape
	if len(x) != 3 || x[1] < 1 {
		return z, Spec{}, fmt.Errorf("a sequence is [batch, time, features] with at least one step, got %v", x)
	}
	if len(u) != 2 || u[0] < 1 || u[1] != gates*u[0] {
		return z, Spec{}, fmt.Errorf("a recurrent kernel of shape %v, want [units, %d·units]", u, gates)
	}
	z = sizes{x[0], x[1], u[0]}
	want := func(at int, what string, shape ...int) error {
		if at >= 0 && !slices.Equal(in[at].Shape, shape) {
			return fmt.Errorf("%s of shape %v, want %v", what, in[at].Shape, shape)
		}
		return nil
	}
	if r.Projected && x[2] != u[1] {
		return z, Spec{}, fmt.Errorf("a projected sequence of shape %v for a recurrent kernel of shape %v", x, u)
	}
	if r.Bias && bias(z.units) == nil {
		return z, Spec{}, fmt.Errorf("a bias for a sequence whose projection has it already")
	}
	errs := []error{
		want(p.Kernel, "a kernel", x[2], u[1]), want(p.Bias, "a bias", bias(z.units)...), want(p.Mask, "a mask", x[0], x[1]),
		want(p.Dropout, "a dropout", gates, x[0], z.units),
	}
	for s := range states {
		if r.Initial {
			errs = append(errs, want(p.States+s, "an initial state", x[0], z.units))
		}
	}
	for _, err := range errs {
		if err != nil {
			return z, Spec{}, err
		}
	}
	n := 1
	if r.Sequences {
		n = z.time
	}
	if r.States {
		n += states
	}
	return z, in[0].With(z.batch, n, z.units), nil
}

// projectionBias is the shape of the bias of a cell that adds it to the projection; nil where it is there already.
func (r Recurrent) projectionBias(n int) []int {
	if r.Projected {
		return nil
	}
	return []int{n}
}

// wrt is true for all inputs but mask and dropout.
func (r Recurrent) wrt(n, states int) []bool {
	w := All(n)
	p := r.Inputs(states)
	if p.Mask >= 0 {
		w[p.Mask] = false
	}
	if p.Dropout >= 0 {
		w[p.Dropout] = false
	}
	return w
}

// gradient applies grad, whose inputs are those of the operation as far as GradInputs says, then what was kept, then dy; its outputs
// are the gradients of the inputs that have one, in order.
func (r Recurrent) gradient(g *Graph, grad Def, in []*Node, y, dy *Node, states, kept int) []*Node {
	var args []*Node
	for _, i := range r.gradInputs(states) {
		args = append(args, in[i])
	}
	for k := range kept {
		args = append(args, g.Pick(y, 1+k))
	}
	n := g.Apply(grad, append(args, dy)...)
	out := make([]*Node, len(in))
	k := 0
	for i, has := range r.wrt(len(in), states) {
		if has {
			out[i] = g.Pick(n, k)
			k++
		}
	}
	return out
}

// gradInputs are the inputs of the operation that its gradient wants: not the bias and the initial states.
func (r Recurrent) gradInputs(states int) []int {
	p := r.Inputs(states)
	out := []int{0, 1}
	for _, i := range []int{p.Kernel, p.Mask, p.Dropout} {
		if i >= 0 {
			out = append(out, i)
		}
	}
	return out
}

// GradInputs tells where the inputs of the gradient are: Kernel, Mask and Dropout as in Inputs, and Kept, that of the first
// value kept; dy is the last.
func (r Recurrent) GradInputs() (kernel, mask, dropout, kept int) {
	kernel, mask, dropout, kept = -1, -1, -1, 2
	for _, p := range []struct {
		at    *int
		there bool
	}{{&kernel, !r.Projected}, {&mask, r.Mask}, {&dropout, r.Dropout}} {
		if p.there {
			*p.at = kept
			kept++
		}
	}
	return kernel, mask, dropout, kept
}

// inferGrad gives each gradient the shape of what it belongs to. state is the spec of a state.
func (r Recurrent) inferGrad(in []Spec, states int, bias func(units int) []int) []Spec {
	units := in[1].Shape[0]
	out := []Spec{in[0], in[1]}
	if !r.Projected {
		out = append(out, in[2])
	}
	if r.Bias {
		out = append(out, in[0].With(bias(units)...))
	}
	for range states {
		if r.Initial {
			out = append(out, in[0].With(in[0].Shape[0], units))
		}
	}
	return out
}

// MultiplyAdds is that of the product of the input, unless Projected, and of the state at each step.
func (r Recurrent) MultiplyAdds(in []Spec, _ []bool) int {
	x, u := in[0].Shape, in[1].Elems()
	n := u
	if !r.Projected {
		n += x[2] * in[1].Shape[1]
	}
	return x[0] * x[1] * n
}

// gradientMultiplyAdds is as many for each of the gradients of x, recurrent kernel and kernel, and for that of the state, which the
// others need.
func (r Recurrent) gradientMultiplyAdds(in []Spec, read []bool) int {
	x, u := in[0].Shape, in[1].Elems()
	n := u + count(read, 1)*u
	if !r.Projected {
		n += count(read, 0, 2) * x[2] * in[1].Shape[1]
	}
	return x[0] * x[1] * n
}
