package gpu

import (
	"slices"

	"github.com/dlrun/dlrun/builder/op"
)

var (
	_ = register(bindLSTM, recurrent()...)
	_ = register(bindLSTMGrad, recurrent()...)
	_ = register(bindGRU, append(recurrent(), "ResetAfter")...)
	_ = register(bindGRUGrad, append(recurrent(), "ResetAfter")...)
)

// recurrent are the attributes of recurrent cells that the bindings look at.
func recurrent() []string {
	return []string{"Activation", "Gate", "Projected", "Bias", "Mask", "Dropout", "Initial", "Sequences", "States", "ZeroMasked", "Backwards", "Aligned"}
}

// cellCurves are the activations of cells, by the number that recurrent.cu gives them.
var cellCurves = []string{"", "tanh", "sigmoid", "relu", "hard_sigmoid"}

type cellParams struct {
	a, ab, bias, mask                           Ptr
	h, c, last, gates, states, cells, more      Ptr
	y                                           Ptr
	yStride                                     int64
	batch, time, units, at, curve, gate, zeroed int32
	_                                           int32
}

type cellGradParams struct {
	gates, states, cells, more, mask, back, dy  Ptr
	pass, dc, last, da, dab, rowDab             Ptr
	yStride                                     int64
	batch, time, units, at, curve, gate, zeroed int32
	_                                           int32
}

// cell is a recurrent operation bound to memory.
type cell struct {
	b *Bound
	op.Recurrent
	in                       op.Inputs
	batch, time, units, size int // size: of an element of x
	gates, states            int
	outs                     int // rows of the output for each example
	curve, gate              int32
}

func (b *Bound) cell(r op.Recurrent, gates, states int) (*cell, error) {
	x, u := b.In[0].Shape, b.In[1].Shape
	c := &cell{b: b, Recurrent: r, in: r.Inputs(states), batch: x[0], time: x[1], units: u[0], size: x[2], gates: gates, states: states, outs: 1}
	for _, a := range []struct {
		of op.Unary
		to *int32
	}{{r.Activation, &c.curve}, {r.Gate, &c.gate}} {
		i := slices.Index(cellCurves, a.of.Fn)
		if i < 0 {
			return nil, b.unsupported("activation %q", a.of.Fn)
		}
		*a.to = int32(i)
	}
	if r.Dropout {
		return nil, b.unsupported("dropout of the state")
	}
	if c.batch == 0 {
		return nil, b.unsupported("no examples")
	}
	if r.Sequences {
		c.outs = c.time
	}
	if r.States {
		c.outs += states
	}
	return c, nil
}

// order is the place in x of step k, and that of its output, or -1.
func (c *cell) order(k int) (x, y int) {
	x, y = k, k
	if c.Backwards {
		x = c.time - 1 - k
		if c.Aligned {
			y = x
		}
	}
	switch {
	case c.Sequences:
	case k == c.time-1:
		y = 0
	default:
		y = -1
	}
	return x, y
}

// state makes memory for a state: an initial one, or zeros.
func (c *cell) state(k int) (Ptr, error) {
	n := c.batch * c.units
	at := c.b.temporary(n)
	if !c.Initial {
		c.b.fill(at, n, 0)
		return at, nil
	}
	return at, c.b.move(Mem{Ptr: at}, c.b.In[c.in.States+k], joinAxes([]int{n}, []int{1}), 0)
}

// row is row r of each example of y, [batch, outs, units].
func (c *cell) row(y Ptr, r int) Ptr { return y + Ptr(4*r*c.units) }

// finals copies a state to a row of y.
func (c *cell) finals(y, state Ptr, r int) error {
	a := joinAxes([]int{c.batch, c.units}, []int{c.outs * c.units, 1})
	return c.b.scatter(Mem{Ptr: y}, Mem{Ptr: state}, a, r*c.units)
}

// forward launches a whole sequence.
func (c *cell) forward(kernel string, p cellParams) error {
	b := c.b
	p.batch, p.time, p.units, p.curve, p.gate = int32(c.batch), int32(c.time), int32(c.units), c.curve, c.gate
	if c.ZeroMasked {
		p.zeroed = 1
	}
	if c.Mask {
		p.mask = b.In[c.in.Mask].Ptr
	}
	n := c.gates * c.units
	p.a = b.In[0].Ptr
	if !c.Projected {
		m := matrices(b.In[0].Ptr, b.In[c.in.Kernel].Ptr, b.temporary(c.batch*c.time*n), c.batch*c.time, n, c.size, false, false)
		if c.Bias {
			m.bias = b.In[c.in.Bias].Ptr
		}
		b.multiply(m)
		p.a = m.c
	}
	states := []*Ptr{&p.h, &p.c}[:c.states]
	for k, s := range states {
		var err error
		if *s, err = c.state(k); err != nil {
			return err
		}
	}
	p.last = b.temporary(c.batch * c.units)
	b.fill(p.last, c.batch*c.units, 0)
	ab := b.temporary(c.batch * n)
	p.ab, p.yStride = ab, int64(c.outs*c.units)
	y := b.Out[0].Ptr
	for k := range c.time {
		b.multiplyInto(matrices(p.h, b.In[1].Ptr, ab, c.batch, n, c.units, false, false))
		at, to := c.order(k)
		p.at, p.y = int32(at), 0
		if to >= 0 && y != 0 {
			p.y = c.row(y, to)
		}
		each(b, kernel, c.batch*c.units, p)
	}
	for k, s := range states {
		if c.States && y != 0 {
			if err := c.finals(y, *s, c.outs-c.states+k); err != nil {
				return err
			}
		}
	}
	return nil
}

// multiplyInto is multiply in one part, which takes no memory for every step of a sequence.
func (b *Bound) multiplyInto(p product) {
	p.whole = true
	b.multiply(p)
}

// backward launches the gradient of a whole sequence.
func (c *cell) backward(kernel string, p cellGradParams, split bool) error {
	b := c.b
	kernelAt, maskAt, _, kept := c.GradInputs()
	p.batch, p.time, p.units, p.curve, p.gate = int32(c.batch), int32(c.time), int32(c.units), c.curve, c.gate
	if c.ZeroMasked {
		p.zeroed = 1
	}
	if maskAt >= 0 {
		p.mask = b.In[maskAt].Ptr
	}
	p.gates, p.states = b.In[kept].Ptr, b.In[kept+1].Ptr
	p.cells = b.In[kept+2].Ptr
	p.more = p.cells
	dy := b.In[len(b.In)-1].Ptr
	n, all := c.gates*c.units, c.batch*c.time
	if p.da = b.Out[0].Ptr; !c.Projected || p.da == 0 {
		p.da = b.temporary(all * n)
	}
	if p.dab = p.da; split {
		p.dab = b.temporary(all * n)
	}
	back := b.temporary(c.batch * c.units)
	p.back, p.rowDab, p.yStride = back, b.temporary(c.batch*n), int64(c.outs*c.units)
	p.last = b.temporary(c.batch * c.units)
	for _, z := range []Ptr{back, p.last} {
		b.fill(z, c.batch*c.units, 0)
	}
	for k, s := range []*Ptr{&p.pass, &p.dc}[:c.states] {
		*s = b.temporary(c.batch * c.units)
		if !c.States {
			b.fill(*s, c.batch*c.units, 0)
			continue
		}
		a := joinAxes([]int{c.batch, c.units}, []int{c.outs * c.units, 1})
		if err := b.move(Mem{Ptr: *s}, Mem{Ptr: dy}, a, (c.outs-c.states+k)*c.units); err != nil {
			return err
		}
	}
	for k := c.time - 1; k >= 0; k-- {
		at, to := c.order(k)
		p.at, p.dy = int32(at), 0
		if to >= 0 {
			p.dy = c.row(dy, to)
		}
		each(b, kernel, c.batch*c.units, p)
		b.multiplyInto(matrices(p.rowDab, b.In[1].Ptr, back, c.batch, c.units, n, false, true))
	}
	return c.gradients(p, kernelAt)
}

// gradients are those of the inputs, from those of the projections.
func (c *cell) gradients(p cellGradParams, kernelAt int) error {
	b, k := c.b, 0
	n, all := c.gates*c.units, c.batch*c.time
	next := func() Mem { k++; return b.Out[k-1] }
	if dx := next(); !c.Projected && !dx.Unread() {
		b.multiply(matrices(p.da, b.In[kernelAt].Ptr, dx.Ptr, all, c.size, n, false, true))
	}
	if du := next(); !du.Unread() {
		b.multiply(matrices(p.states, p.dab, du.Ptr, c.units, n, all, true, false))
	}
	if !c.Projected {
		if dk := next(); !dk.Unread() {
			b.multiply(matrices(b.In[0].Ptr, p.da, dk.Ptr, c.size, n, all, true, false))
		}
	}
	if c.Bias {
		if db := next(); !db.Unread() {
			switch {
			case c.Projected:
				b.columnSums(p.dab, db.Ptr, all, n)
			default:
				b.columnSums(p.da, db.Ptr, all, n)
				if len(db.Shape) == 2 {
					b.columnSums(p.dab, db.Ptr+Ptr(4*n), all, n)
				}
			}
		}
	}
	if !c.Initial {
		return nil
	}
	m := c.batch * c.units
	if dh := next(); !dh.Unread() {
		each(b, "binary", m, binaryParams{a: p.back, b: p.pass, out: dh.Ptr, n: int64(m), same: 1})
	}
	if c.states > 1 {
		if dc := next(); !dc.Unread() {
			return b.move(dc, Mem{Ptr: p.dc}, joinAxes([]int{m}, []int{1}), 0)
		}
	}
	return nil
}

func bindLSTM(d op.LSTM, b *Bound) error {
	c, err := b.cell(d.Recurrent, 4, 2)
	if err != nil {
		return err
	}
	return c.forward("lstm_step", cellParams{gates: b.Out[1].Ptr, states: b.Out[2].Ptr, cells: b.Out[3].Ptr})
}

func bindLSTMGrad(d op.LSTMGrad, b *Bound) error {
	c, err := b.cell(d.Recurrent, 4, 2)
	if err != nil {
		return err
	}
	return c.backward("lstm_step_grad", cellGradParams{}, false)
}

func bindGRU(d op.GRU, b *Bound) error {
	c, err := b.cell(d.Recurrent, 3, 1)
	if err != nil {
		return err
	}
	if !d.ResetAfter {
		return b.unsupported("the reset before the product")
	}
	p := cellParams{gates: b.Out[1].Ptr, states: b.Out[2].Ptr, more: b.Out[3].Ptr}
	if c.Bias {
		if p.bias = b.In[c.in.Bias].Ptr; !c.Projected {
			p.bias += Ptr(4 * 3 * c.units)
		}
	}
	return c.forward("gru_step", p)
}

func bindGRUGrad(d op.GRUGrad, b *Bound) error {
	c, err := b.cell(d.Recurrent, 3, 1)
	if err != nil {
		return err
	}
	if !d.ResetAfter {
		return b.unsupported("the reset before the product")
	}
	return c.backward("gru_step_grad", cellGradParams{}, true)
}
