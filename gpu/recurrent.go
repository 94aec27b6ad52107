package gpu

import (
	"slices"

	"github.com/dlrun/dlrun/builder/op"
)

// recurrent are the attributes of recurrent cells that the bindings look at.
func recurrent() []string {
	return []string{"Activation", "Gate", "Projected", "Bias", "Mask", "Dropout", "Initial", "Sequences", "States", "ZeroMasked", "Backwards", "Aligned"}
}

// cellCurves are the activations of cells, by the number that recurrent.cu gives them.
var cellCurves = []string{
	"", "tanh", "sigmoid", "relu", "hard_sigmoid", "relu6", "selu", "softplus", "softsign", "exp", "log_sigmoid", "hard_tanh", "leaky_relu", "elu",
}

// curve is an activation as kernels have it.
type curve struct {
	fn int32
	a  float32
}

func (b *Bound) curve(u op.Unary) (curve, error) {
	i := slices.Index(cellCurves, u.Fn)
	if i < 0 {
		return curve{}, b.unsupported("activation %q", u.Fn)
	}
	return curve{int32(i), float32(u.A)}, nil
}

type cellParams struct {
	a, ab, bias, mask      Ptr
	h, c, last, gates      Ptr
	states, cells, more    Ptr
	y                      Ptr
	yStride                int64
	batch, time, units, at int32
	curve, gate            curve
	zeroed, pixels         int32
}

type cellGradParams struct {
	gates, states, cells, more, mask, back, dy Ptr
	pass, dc, last, da, dab, rowDab            Ptr
	yStride                                    int64
	batch, time, units, at                     int32
	curve, gate                                curve
	zeroed, pixels                             int32
}

// cell is a recurrent operation bound to memory.
type cell struct {
	b *Bound
	op.Recurrent
	in                       op.Inputs
	batch, time, units, size int // size: of an element of x
	gates, states            int
	outs                     int // rows of the output for each example
	curve, gate              curve
	drop                     Ptr // dropout of the state, or 0
}

func (b *Bound) cell(r op.Recurrent, gates, states int) (*cell, error) {
	x, u := b.In[0].Shape, b.In[1].Shape
	c := &cell{b: b, Recurrent: r, in: r.Inputs(states), batch: x[0], time: x[1], units: u[0], size: x[2], gates: gates, states: states, outs: 1}
	var err error
	if c.curve, err = b.curve(r.Activation); err != nil {
		return nil, err
	}
	if c.gate, err = b.curve(r.Gate); err != nil {
		return nil, err
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

// forward launches a whole sequence: each step by step, which takes the sums of the state and the recurrent kernel from p.ab.
func (c *cell) forward(p cellParams, step func(p cellParams)) error {
	b := c.b
	p.batch, p.time, p.units, p.curve, p.gate, p.pixels = int32(c.batch), int32(c.time), int32(c.units), c.curve, c.gate, 1
	if c.ZeroMasked {
		p.zeroed = 1
	}
	if c.Mask {
		p.mask = b.In[c.in.Mask].Ptr
	}
	if c.Dropout {
		c.drop = b.In[c.in.Dropout].Ptr
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
	p.ab, p.yStride = b.temporary(c.batch*n), int64(c.outs*c.units)
	y := b.Out[0].Ptr
	for k := range c.time {
		at, to := c.order(k)
		p.at, p.y = int32(at), 0
		if to >= 0 && y != 0 {
			p.y = c.row(y, to)
		}
		step(p)
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

type dropStateParams struct {
	h, drop, out             Ptr
	rows                     int64
	gates, per, batch, units int32
}

// dropped is the state as the gates from first on see it, [gates, rows, units]: of rows states, per of each example.
func (c *cell) dropped(h, to Ptr, first, gates, rows, per int) {
	p := dropStateParams{h: h, drop: c.drop + Ptr(4*first*c.batch*c.units), out: to, rows: int64(rows), gates: int32(gates), per: int32(per), batch: int32(c.batch), units: int32(c.units)}
	each(c.b, "drop_state", gates*rows*c.units, p)
}

// times launches the products of the state and the first gates' parts of the recurrent kernel; room is for the dropped state.
func (c *cell) times(h, ab, room Ptr, gates int) {
	n := c.gates * c.units
	p := matrices(h, c.b.In[1].Ptr, ab, c.batch, gates*c.units, c.units, false, false)
	p.ldb, p.ldc = n, n
	if c.drop != 0 {
		c.dropped(h, room, 0, gates, c.batch, 1)
		p.a, p.n, p.batch = room, c.units, [2]int{1, gates}
		p.sa[1], p.sb[1], p.sc[1] = c.batch*c.units, c.units, c.units
	}
	c.b.multiplyInto(p)
}

// dropRoom is scratch memory for the dropped state of so many gates, where there is dropout.
func (c *cell) dropRoom(there bool, gates int) Ptr {
	if !there {
		return 0
	}
	return c.b.temporary(gates * c.batch * c.units)
}

// multiplyInto is multiply in one part, which takes no memory for every step of a sequence.
func (b *Bound) multiplyInto(p product) {
	p.whole = true
	b.multiply(p)
}

// backward launches the gradient of a whole sequence: each step by step, after which p.back is what came through the recurrent kernel. inner is
// where the state lies that went into the last gate's product, where that is another one. With split the projections of x and of the state have
// gradients of their own.
func (c *cell) backward(p cellGradParams, split bool, inner Ptr, step func(p cellGradParams)) error {
	b := c.b
	kernelAt, maskAt, dropAt, kept := c.GradInputs()
	p.batch, p.time, p.units, p.curve, p.gate, p.pixels = int32(c.batch), int32(c.time), int32(c.units), c.curve, c.gate, 1
	if c.ZeroMasked {
		p.zeroed = 1
	}
	if maskAt >= 0 {
		p.mask = b.In[maskAt].Ptr
	}
	if dropAt >= 0 {
		c.drop = b.In[dropAt].Ptr
	}
	p.gates, p.states = b.In[kept].Ptr, b.In[kept+1].Ptr
	if len(b.In) > kept+3 {
		p.cells = b.In[kept+2].Ptr
		p.more = p.cells
	}
	dy := b.In[len(b.In)-1].Ptr
	n, all := c.gates*c.units, c.batch*c.time
	if p.da = b.Out[0].Ptr; !c.Projected || p.da == 0 {
		p.da = b.temporary(all * n)
	}
	if p.dab = p.da; split {
		p.dab = b.temporary(all * n)
	}
	p.back, p.rowDab, p.yStride = b.temporary(c.batch*c.units), b.temporary(c.batch*n), int64(c.outs*c.units)
	p.last = b.temporary(c.batch * c.units)
	for _, z := range []Ptr{p.back, p.last} {
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
		step(p)
	}
	return c.gradients(p, kernelAt, inner)
}

// through launches the products of the gradients of the first gates' sums with the transposed recurrent kernel, to back.
func (c *cell) through(p cellGradParams, room Ptr, gates int) {
	n := c.gates * c.units
	m := matrices(p.rowDab, c.b.In[1].Ptr, p.back, c.batch, c.units, gates*c.units, false, true)
	m.lda, m.ldb = n, n
	if c.drop == 0 {
		c.b.multiplyInto(m)
		return
	}
	m.c, m.k, m.batch = room, c.units, [2]int{1, gates}
	m.sa[1], m.sb[1], m.sc[1] = c.units, c.units, c.batch*c.units
	c.b.multiplyInto(m)
	each(c.b, "join_drops", c.batch*c.units, dropStateParams{h: room, drop: c.drop, out: p.back, gates: int32(gates), batch: int32(c.batch), units: int32(c.units)})
}

// kernelGrad launches the gradient of the recurrent kernel.
func (c *cell) kernelGrad(p cellGradParams, du, inner Ptr) {
	b, n, all := c.b, c.gates*c.units, c.batch*c.time
	of := func(states Ptr, gate, gates int) {
		m := matrices(states, p.dab+Ptr(4*gate*c.units), du+Ptr(4*gate*c.units), c.units, gates*c.units, all, true, false)
		m.ldb, m.ldc = n, n
		b.multiply(m)
	}
	gates := c.gates
	if inner != 0 {
		gates--
		of(inner, gates, 1)
	}
	if c.drop == 0 {
		of(p.states, 0, gates)
		return
	}
	room := b.temporary(all * c.units)
	for g := range gates {
		c.dropped(p.states, room, g, 1, all, c.time)
		of(room, g, 1)
	}
}

// gradients are those of the inputs, from those of the projections.
func (c *cell) gradients(p cellGradParams, kernelAt int, inner Ptr) error {
	b, k := c.b, 0
	n, all := c.gates*c.units, c.batch*c.time
	next := func() Mem { k++; return b.Out[k-1] }
	if dx := next(); !c.Projected && !dx.Unread() {
		b.multiply(matrices(p.da, b.In[kernelAt].Ptr, dx.Ptr, all, c.size, n, false, true))
	}
	if du := next(); !du.Unread() {
		c.kernelGrad(p, du.Ptr, inner)
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
