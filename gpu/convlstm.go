package gpu

import (
	"slices"

	"github.com/dlrun/dlrun/builder/op"
)

var (
	_ = register(bindConvLSTM, films()...)
	_ = register(bindConvLSTMGrad, films()...)
)

// films are the attributes of a convolutional cell that the bindings look at.
func films() []string {
	return []string{"Size", "Strides", "Dilation", "Same", "Depth", "Activation", "Gate", "Mask", "Dropout", "Initial", "Sequences", "States", "ZeroMasked", "Backwards", "Aligned"}
}

type filmParams struct {
	h, drop, in, read                                     Ptr
	state                                                 int64
	batch, time, at, depth, area, filters, groups, window int32
}

// film is a convolutional recurrent operation bound to memory. Its steps are those of an LSTM for each pixel; the product with the
// recurrent kernel is a convolution.
type film struct {
	cell
	op.ConvLSTM
	depth, area int
	conv        convParams
	look        filmParams
}

func (b *Bound) film(d op.ConvLSTM, x []int) (*film, error) {
	f := x[5] / 4
	c := &film{cell: cell{b: b, batch: x[0], time: x[1], units: f, gates: 4, states: 2, outs: 1}, ConvLSTM: d, depth: x[2], area: x[3] * x[4]}
	c.Recurrent = op.Recurrent{Sequences: d.Sequences, States: d.States, Backwards: d.Backwards, Aligned: d.Aligned}
	var err error
	if c.curve, err = b.curve(d.Activation); err != nil {
		return nil, err
	}
	if c.gate, err = b.curve(d.Gate); err != nil {
		return nil, err
	}
	if slices.Contains(x, 0) {
		return nil, b.unsupported("no elements")
	}
	if d.Sequences {
		c.outs = c.time
	}
	if d.States {
		c.outs += 2
	}
	images := x[0] * x[2]
	c.conv = convolution(op.Conv2D{Window: d.Window, Groups: d.Groups()}, []int{images, x[3], x[4], d.Channels(f)}, []int{images, x[3], x[4], 4 * f})
	c.look = filmParams{
		state: int64(c.elems()), batch: int32(c.batch), time: int32(c.time), depth: int32(c.depth), area: int32(c.area), filters: int32(f),
		groups: int32(d.Groups()), window: int32(d.Depth),
	}
	return c, nil
}

// elems is how many elements a state has; pixels how many pixels of an example.
func (c *film) elems() int  { return c.batch * c.pixels() * c.units }
func (c *film) pixels() int { return c.depth * c.area }

// at is the row of y, [batch, outs, pixels, units].
func (c *film) at(y Ptr, row int) Ptr { return y + Ptr(4*row*c.pixels()*c.units) }

// ends are the axes of a state as it lies in y.
func (c *film) ends() axes {
	n := c.pixels() * c.units
	return joinAxes([]int{c.batch, n}, []int{c.outs * n, 1})
}

func bindConvLSTM(d op.ConvLSTM, b *Bound) error {
	c, err := b.film(d, b.In[0].Shape)
	if err != nil {
		return err
	}
	mask, drop, initial, _ := d.Inputs()
	n, y := c.elems(), b.Out[0].Ptr
	p := cellParams{
		a: b.In[0].Ptr, gates: b.Out[2].Ptr, cells: b.Out[3].Ptr, ab: b.temporary(4 * n), yStride: int64(c.outs * c.pixels() * c.units),
		batch: int32(c.batch), time: int32(c.time), units: int32(c.units), curve: c.curve, gate: c.gate, pixels: int32(c.pixels()),
	}
	if d.ZeroMasked {
		p.zeroed = 1
	}
	if mask >= 0 {
		p.mask = b.In[mask].Ptr
	}
	for k, s := range []*Ptr{&p.h, &p.c, &p.last} { // the output before the first step is the state's
		*s = b.temporary(n)
		if initial < 0 {
			b.fill(*s, n, 0)
			continue
		}
		if err := b.move(Mem{Ptr: *s}, b.In[initial+k%2], joinAxes([]int{n}, []int{1}), 0); err != nil {
			return err
		}
	}
	look := c.look
	look.h, look.in, look.read = p.h, b.temporary(n*d.Channels(c.units)/c.units), b.Out[1].Ptr
	if drop >= 0 {
		look.drop = b.In[drop].Ptr
	}
	conv := c.conv
	conv.x, conv.w, conv.out = look.in, b.In[1].Ptr, p.ab
	for k := range c.time {
		at, to := c.order(k)
		look.at, p.at, p.y = int32(at), int32(at), 0
		if to >= 0 && y != 0 {
			p.y = c.at(y, to)
		}
		each(b, "film_look", n*d.Channels(c.units)/c.units, look)
		if err := b.convolve(conv); err != nil {
			return err
		}
		each(b, "lstm_step", n, p)
	}
	for k, s := range []Ptr{p.h, p.c} {
		if d.States && y != 0 {
			if err := b.scatter(Mem{Ptr: y}, Mem{Ptr: s}, c.ends(), (c.outs-2+k)*c.pixels()*c.units); err != nil {
				return err
			}
		}
	}
	return nil
}

func bindConvLSTMGrad(d op.ConvLSTMGrad, b *Bound) error {
	mask, drop, gates := d.GradInputs()
	c, err := b.film(d.ConvLSTM, b.In[gates].Shape)
	if err != nil {
		return err
	}
	n, dy := c.elems(), b.In[gates+2].Ptr
	p := cellGradParams{
		gates: b.In[gates].Ptr, cells: b.In[gates+1].Ptr, back: b.temporary(n), last: b.temporary(n), rowDab: b.temporary(4 * n), da: b.Out[0].Ptr,
		yStride: int64(c.outs * c.pixels() * c.units),
		batch:   int32(c.batch), time: int32(c.time), units: int32(c.units), curve: c.curve, gate: c.gate, pixels: int32(c.pixels()),
	}
	if d.ZeroMasked {
		p.zeroed = 1
	}
	if mask >= 0 {
		p.mask = b.In[mask].Ptr
	}
	if b.Out[0].Unread() {
		p.da = b.temporary(4 * n * c.time)
	}
	for _, z := range []Ptr{p.back, p.last} {
		b.fill(z, n, 0)
	}
	for k, s := range []*Ptr{&p.pass, &p.dc} {
		*s = b.temporary(n)
		if !d.States {
			b.fill(*s, n, 0)
			continue
		}
		if err := b.move(Mem{Ptr: *s}, Mem{Ptr: dy}, c.ends(), (c.outs-2+k)*c.pixels()*c.units); err != nil {
			return err
		}
	}
	look := c.look
	look.in, look.read = b.temporary(n*d.Channels(c.units)/c.units), p.back
	if drop >= 0 {
		look.drop = b.In[drop].Ptr
	}
	conv := c.conv
	conv.dy, conv.w, conv.out = p.rowDab, b.In[0].Ptr, look.in
	for k := c.time - 1; k >= 0; k-- {
		at, to := c.order(k)
		p.at, p.dy = int32(at), 0
		if to >= 0 {
			p.dy = c.at(dy, to)
		}
		each(b, "lstm_step_grad", n, p)
		if err := b.convDX(conv); err != nil {
			return err
		}
		each(b, "film_back", n, look)
	}
	sum := func(to, x, y Ptr) { each(b, "binary", n, binaryParams{a: x, b: y, out: to, n: int64(n), same: 1}) }
	if dh := b.Out[1]; !dh.Unread() { // what the state gave as output counts too
		sum(dh.Ptr, p.back, p.pass)
		sum(dh.Ptr, dh.Ptr, p.last)
	}
	if dc := b.Out[2]; !dc.Unread() {
		return b.move(dc, Mem{Ptr: p.dc}, joinAxes([]int{n}, []int{1}), 0)
	}
	return nil
}
