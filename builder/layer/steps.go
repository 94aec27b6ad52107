package layer

import (
	"slices"

	"github.com/dlrun/dlrun/builder/activation"
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/builder/shape"
	"github.com/dlrun/dlrun/dsl/schema"
)

// stepped is a cell whose steps are operations of their own, written out one after the other. That is how cells go whose activations
// op.Recurrent has not got: those that look at more than one element, as softmax, and those whose derivative does not follow from
// their value, as gelu. The last axis of all tensors is that of the gates or units.
type stepped struct {
	*Scope
	units      int
	activation activation.Activation
	gate       activation.Activation // recurrent_activation
	states     int
	resetAfter bool // of a gru

	// recur is the product of the state with the recurrent kernel of some gates; dropState is the state as it goes into a gate.
	recur     func(h *op.Node, from, to int) *op.Node
	dropState func(h *op.Node, gate int) *op.Node
}

// stepFunc takes the states one step on, given what the input adds to the gates.
type stepFunc func(k *stepped, z *op.Node, states []*op.Node) []*op.Node

// checkSteps refuses activations that change the number of units.
func checkSteps(output, gate activation.Activation) error {
	for _, a := range []struct {
		name string
		of   activation.Activation
	}{{"activation", output}, {"recurrent_activation", gate}} {
		const units = 12
		if a.of == nil {
			continue
		}
		if s, err := activation.Shape(a.of, shape.Shape{units}); err != nil || !slices.Equal(s, shape.Shape{units}) {
			return schema.Atf(a.name, "an activation that keeps the number of units is wanted in a recurrent layer")
		}
	}
	return nil
}

// isCurves tells whether op.Recurrent has the activations, and which they are.
func isCurves(output, gate activation.Activation) (out, in op.Unary, ok bool) {
	out, err := curve(output)
	if err != nil {
		return out, in, false
	}
	in, err = curve(gate)
	return out, in, err == nil
}

func (k *stepped) binary(fn string, a, b *op.Node) *op.Node { return k.Apply(op.Binary{Fn: fn}, a, b) }

// part is gate g of z.
func (k *stepped) part(z *op.Node, g int) *op.Node {
	if k.Err() != nil {
		return nil
	}
	spec := op.SpecOf(z)
	return k.Apply(op.SliceAxis(spec, len(spec.Shape)-1, g*k.units, (g+1)*k.units), z)
}

func (k *stepped) candidate(z *op.Node) *op.Node { return activation.Apply(k.Graph, k.activation, z) }
func (k *stepped) open(z *op.Node) *op.Node      { return activation.Apply(k.Graph, k.gate, z) }

// lstmStep is the step of op.LSTM.
func lstmStep(k *stepped, z *op.Node, states []*op.Node) []*op.Node {
	h, c := states[0], states[1]
	z = k.binary("add", z, k.recur(h, 0, 4))
	in, forget, out := k.open(k.part(z, 0)), k.open(k.part(z, 1)), k.open(k.part(z, 3))
	c = k.binary("add", k.binary("mul", forget, c), k.binary("mul", in, k.candidate(k.part(z, 2))))
	return []*op.Node{k.binary("mul", out, k.candidate(c)), c}
}

// simpleStep is the step of op.SimpleRNN.
func simpleStep(k *stepped, z *op.Node, states []*op.Node) []*op.Node {
	return []*op.Node{k.candidate(k.binary("add", z, k.recur(states[0], 0, 1)))}
}

// gruStep is the step of op.GRU.
func gruStep(k *stepped, a *op.Node, states []*op.Node) []*op.Node {
	h := states[0]
	gates := 2
	if k.resetAfter {
		gates = 3
	}
	b := k.recur(h, 0, gates)
	z := k.open(k.binary("add", k.part(a, 0), k.part(b, 0)))
	r := k.open(k.binary("add", k.part(a, 1), k.part(b, 1)))
	var inner *op.Node
	if k.resetAfter {
		inner = k.binary("mul", r, k.part(b, 2))
	} else {
		inner = k.recur(k.binary("mul", r, k.dropState(h, 2)), 2, 3)
	}
	c := k.candidate(k.binary("add", k.part(a, 2), inner))
	// z·h + (1-z)·c
	return []*op.Node{k.binary("add", c, k.binary("mul", z, k.binary("sub", h, c)))}
}

// along takes the steps of z [batch, time, ..., gates], from states that are nil for zeros. It returns what output 0 of op.Recurrent is.
func (k *stepped) along(step stepFunc, r op.Recurrent, z, mask *op.Node, states []*op.Node) *op.Node {
	if k.Err() != nil {
		return nil
	}
	spec := op.SpecOf(z)
	batch, time := spec.Shape[0], spec.Shape[1]
	state := slices.Concat([]int{batch}, spec.Shape[2:len(spec.Shape)-1], []int{k.units})
	if len(states) == 0 {
		one := slices.Repeat([]int{1}, len(state))
		zero := k.Apply(op.BroadcastTo{To: state}, k.Apply(op.Constant{Shape: one, Values: []float64{0}, To: k.DType}, z))
		states = slices.Repeat([]*op.Node{zero}, k.states)
	}
	at := func(x *op.Node, t int, to ...int) *op.Node {
		return reshaped(k.Scope, k.Apply(op.SliceAxis(op.SpecOf(x), 1, t, t+1), x), to...)
	}
	row := append([]int{batch, 1}, state[1:]...)
	var rows []*op.Node
	for n := range time {
		t := n
		if r.Backwards {
			t = time - 1 - n
		}
		next := step(k, at(z, t, append([]int{batch}, spec.Shape[2:]...)...), states)
		if k.Err() != nil {
			return nil
		}
		var counts *op.Node
		if mask != nil {
			counts = at(mask, t, append([]int{batch}, slices.Repeat([]int{1}, len(state)-1)...)...)
			for i := range next {
				next[i] = k.Apply(op.Where{}, counts, next[i], states[i])
			}
		}
		states = next
		if !r.Sequences && n < time-1 {
			continue
		}
		y := states[0]
		if mask != nil && r.ZeroMasked {
			y = k.binary("mul", y, counts)
		}
		rows = append(rows, reshaped(k.Scope, y, row...))
	}
	if r.Sequences && r.Backwards && r.Aligned {
		slices.Reverse(rows)
	}
	if r.States {
		for _, x := range states {
			rows = append(rows, reshaped(k.Scope, x, row...))
		}
	}
	if len(rows) == 1 {
		return rows[0]
	}
	return k.Apply(op.Concat{Axis: 1}, rows...)
}

// writeOut is what run does, with the steps written out. x has been dropped; projected tells whether it is the product with the kernel, with
// the bias but for what is left of it.
func (c *cell) writeOut(s *Scope, r op.Recurrent, x, mask, bias *op.Node, states []*op.Node) *op.Node {
	if s.Err() != nil {
		return nil
	}
	wide := c.kind.gates * c.units
	if !r.Projected {
		args := []*op.Node{x, s.Weight("kernel")}
		own := bias
		if bias != nil && len(bias.Shape()) == 2 {
			own, bias = c.biasRow(s, bias, 0), c.biasRow(s, bias, 1)
		} else {
			bias = nil
		}
		if own != nil {
			args = append(args, own)
		}
		x = s.Apply(op.Dense{Bias: own != nil}, args...)
	}
	kernel := s.Weight("recurrent_kernel")
	k := &stepped{Scope: s, units: c.units, activation: c.activation, gate: c.gate, states: c.kind.states, resetAfter: c.resetAfter}
	var drop *op.Node
	if r.Dropout {
		drop = c.stateDropout(s, x)
	}
	k.dropState = func(h *op.Node, gate int) *op.Node {
		if drop == nil || s.Err() != nil {
			return h
		}
		d := s.Apply(op.SliceAxis(op.SpecOf(drop), 0, gate, gate+1), drop)
		return k.binary("mul", h, reshaped(s, d, op.SpecOf(drop).Shape[1:]...))
	}
	columns := func(n *op.Node, axis, from, to int) *op.Node {
		if n == nil || from == 0 && to == c.kind.gates {
			return n
		}
		return s.Apply(op.SliceAxis(op.SpecOf(n), axis, from*c.units, to*c.units), n)
	}
	product := func(h *op.Node, from, to int) *op.Node {
		args := []*op.Node{h, columns(kernel, 1, from, to)}
		if bias != nil {
			args = append(args, columns(bias, 0, from, to))
		}
		return s.Apply(op.Dense{Bias: bias != nil}, args...)
	}
	k.recur = func(h *op.Node, from, to int) *op.Node {
		// The candidate of a gru without reset_after drops its state before the reset.
		if drop == nil || c.kind == gruKind && !c.resetAfter && from == 2 {
			return product(h, from, to)
		}
		var parts []*op.Node
		for g := from; g < to; g++ {
			parts = append(parts, product(k.dropState(h, g), g, g+1))
		}
		if len(parts) == 1 {
			return parts[0]
		}
		return s.Apply(op.Concat{Axis: 1}, parts...)
	}
	if s.Err() != nil || op.SpecOf(x).Shape[2] != wide {
		return nil
	}
	return k.along(c.kind.step, r, x, mask, states)
}

// biasRow is a row of a bias that has two.
func (c *cell) biasRow(s *Scope, bias *op.Node, i int) *op.Node {
	return reshaped(s, s.Apply(op.SliceAxis(op.SpecOf(bias), 0, i, i+1), bias), c.kind.gates*c.units)
}
