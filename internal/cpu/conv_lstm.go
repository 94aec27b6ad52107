package cpu

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/internal/kernel/f32conv2d"
)

var (
	_ = register(convLSTM[float32], convLSTM[float64]).withScratch(convLSTMScratch)
	_ = register(convLSTMGrad[float32], convLSTMGrad[float64]).withScratch(convLSTMGradScratch)
)

// The steps of a sequence come one after the other; each is a convolution of the state of the whole batch, with the kernels of conv2d, then
// the gates, row by row of the images.

// films is the shape of a convolutional recurrent operation.
type films struct {
	op.ConvLSTM
	batch, steps      int
	depth, rows, wide int // of the state
	filters, channels int // channels is what the convolution reads
	pixels            int // of an example
	outs              int // rows of output 0 for each example
	window            f32conv2d.Shape
}

func newFilms(d op.ConvLSTM, x []int) films {
	s := films{
		ConvLSTM: d, batch: x[0], steps: x[1], depth: x[2], rows: x[3], wide: x[4], filters: x[5] / 4,
		pixels: x[2] * x[3] * x[4], channels: d.Channels(x[5] / 4), outs: 1,
	}
	if d.Sequences {
		s.outs = s.steps
	}
	if d.States {
		s.outs += 2
	}
	s.window = f32conv2d.Shape{
		N: s.batch * s.depth, H: s.rows, W: s.wide, C: s.channels, KH: d.Size[0], KW: d.Size[1], F: 4 * s.filters, StrideH: 1, StrideW: 1, DilationH: 1, DilationW: 1,
		Top: d.Before(0, s.rows), Left: d.Before(1, s.wide), OH: s.rows, OW: s.wide, Groups: d.Groups(),
	}
	return s
}

// plain tells whether the convolution reads the state as it is.
func (s *films) plain() bool { return s.channels == s.filters }

// time is the place in x of the step that is done as number k.
func (s *films) time(k int) int {
	if s.Backwards {
		return s.steps - 1 - k
	}
	return k
}

// place is the row of output 0 for the step that is done as number k; -1 for none.
func (s *films) place(k int) int {
	switch {
	case !s.Sequences && k < s.steps-1:
		return -1
	case !s.Sequences:
		return 0
	case s.Aligned:
		return s.time(k)
	}
	return k
}

// state is the number of elements of a state.
func (s *films) state() int { return s.batch * s.pixels * s.filters }

// plane is the plane of the state that cell q of the window along the depth sees from plane d, -1 for none.
func (s *films) plane(d, q int) int {
	if d += q - (s.Depth-1)/2; d < s.depth {
		return max(d, -1)
	}
	return -1
}

func convLSTMScratch(o *op.Op, m *Machine) int {
	s := newFilms(o.Def.(op.ConvLSTM), o.In[0].Shape)
	n := padded(s.state())*2 + padded(4*s.state())
	if !s.plain() {
		n += padded(s.batch * s.pixels * s.channels)
	}
	if o.In[0].DType == op.Float64 {
		return n
	}
	return n + f32conv2d.NewForward(m.ISA, s.window, f32conv2d.Options{}).Scratch(m.Workers())
}

// filmJob is the op bound to memory.
type filmJob[T Float] struct {
	films
	b                *Bound[T]
	cell             lstmJob[T]
	x, u, mask, drop []T
	initial          [2][]T
	y, read, gates   []T
	before           []T // c before each step

	h, c, in, z, room []T // in is h where the convolution reads it as it is
	conv              *f32conv2d.Forward
	look, cells       Run
	k                 int // the step
	row               func(row, worker int)
}

func convLSTM[T Float](d op.ConvLSTM, b *Bound[T]) Run {
	s := newFilms(d, b.In[0].Shape)
	mask, drop, h, _ := d.Inputs()
	j := &filmJob[T]{
		films: s, b: b, x: b.In[0].F, u: b.In[1].F, mask: optional(b, mask), drop: optional(b, drop),
		y: b.Out[0].F, read: b.Out[1].F, gates: b.Out[2].F, before: b.Out[3].F,
	}
	if h >= 0 {
		j.initial = [2][]T{b.In[h].F, b.In[h+1].F}
	}
	r := op.Recurrent{Activation: d.Activation, Gate: d.Gate}
	j.cell = lstmJob[T]{recurrent: &recurrent[T]{b: b}, usual: usualCurves[T](r), activate: newCurve[T](b.ISA, d.Activation), gate: newCurve[T](b.ISA, d.Gate)}
	take := taker(b.Scratch)
	j.h, j.c, j.z = take(s.state()), take(s.state()), take(4*s.state())
	if j.in = j.h; !s.plain() {
		j.in = take(s.batch * s.pixels * s.channels)
	}
	if is32[T]() {
		j.conv = f32conv2d.NewForward(b.ISA, s.window, f32conv2d.Options{})
		j.room = take(j.conv.Scratch(b.Workers()))
	}
	j.row = func(row, _ int) { convolve(&j.window, j.in, j.u, nil, j.z, row, false) }
	j.look = b.grouped(s.batch*s.depth, s.rows*s.wide*s.channels, j.lookAt)
	j.cells = b.grouped(s.batch*s.depth*s.rows, 8*s.wide*s.filters, j.cellsOf)
	return j.run
}

// taker cuts pieces off memory.
func taker[T Float](memory []T) func(n int) []T {
	return func(n int) []T {
		part := memory[:n]
		memory = memory[min(len(memory), padded(n)):]
		return part
	}
}

func (j *filmJob[T]) run(c *Context) {
	for i, s := range [][]T{j.h, j.c} {
		if j.initial[i] == nil {
			clear(s)
		} else {
			copy(s, j.initial[i])
		}
	}
	for j.k = 0; j.k < j.steps; j.k++ {
		j.look(c)
		switch {
		case j.k == 0 && j.initial[0] == nil: // zeros
			clear(j.z)
		case j.window.N == 0:
		case is32[T]():
			j.conv.Run(j.b, f32(j.in), f32(j.u), nil, f32(j.z), f32(j.room))
		default:
			j.b.For(j.window.N*j.window.OH, j.row)
		}
		j.cells(c)
	}
	if !j.States || j.y == nil {
		return
	}
	n := j.pixels * j.filters
	for e := range j.batch {
		for i, s := range [][]T{j.h, j.c} {
			copy(j.y[((e+1)*j.outs-2+i)*n:][:n], s[e*n:])
		}
	}
}

// lookAt makes what the convolution reads of a plane at this step, and keeps it.
func (j *filmJob[T]) lookAt(plane, _ int) {
	e, d := plane/j.depth, plane%j.depth
	area, f := j.rows*j.wide, j.filters
	in := j.in[plane*area*j.channels:][:area*j.channels]
	if !j.plain() {
		for g := range j.Groups() {
			for q := range j.Depth {
				at := (g*j.Depth + q) * f
				from := j.plane(d, q)
				for p := range area {
					to := in[p*j.channels+at:][:f]
					if from < 0 {
						clear(to)
						continue
					}
					pixel := ((e*j.depth+from)*area + p) * f
					copy(to, j.h[pixel:])
					if j.drop != nil {
						for k, v := range j.drop[g*j.state()+pixel:][:f] {
							to[k] = flush(to[k] * v)
						}
					}
				}
			}
		}
	}
	if j.read != nil {
		copy(j.read[((e*j.steps+j.time(j.k))*j.depth+d)*area*j.channels:], in)
	}
}

// cellsOf takes a row of the images one step on.
func (j *filmJob[T]) cellsOf(row, _ int) {
	per := j.depth * j.rows // rows of an example
	e, in := row/per, row%per
	t, f, w := j.time(j.k), j.filters, j.wide
	at := ((e*j.steps+t)*per + in) * w // the first pixel, among those of all steps
	first := row * w                   // and among those of this one
	z, h, c := j.z[first*4*f:][:w*4*f], j.h[first*f:][:w*f], j.c[first*f:][:w*f]
	if j.before != nil {
		copy(j.before[at*f:], c)
	}
	gates := z
	if j.gates != nil {
		gates = j.gates[at*4*f:][:w*4*f]
	}
	counts := j.mask == nil || j.mask[e*j.steps+t] != 0
	if counts {
		addTo(j.b.ISA, z, j.x[at*4*f:][:w*4*f])
		for p := range w {
			j.cell.cell(gates[p*4*f:][:4*f], z[p*4*f:][:4*f], h[p*f:][:f], c[p*f:][:f])
		}
	} else {
		clear(gates)
	}
	if place := j.place(j.k); j.y != nil && place >= 0 {
		y := j.y[((e*j.outs+place)*per+in)*w*f:][:w*f]
		if !counts && j.ZeroMasked {
			clear(y)
			return
		}
		copy(y, h)
	}
}

func convLSTMGradScratch(o *op.Op, m *Machine) int {
	d := o.Def.(op.ConvLSTMGrad)
	_, _, gates := d.GradInputs()
	s := newFilms(d.ConvLSTM, o.In[gates].Shape)
	n := padded(s.state())*2 + padded(4*s.state()) + padded(s.batch*s.pixels*s.channels) + m.Workers()*padded(2*s.filters)
	if o.In[gates].DType == op.Float64 {
		return n
	}
	return n + f32conv2d.NewInputGrad(m.ISA, s.window, false).Scratch(m.Workers())
}

// filmGradJob is the gradient bound to memory.
type filmGradJob[T Float] struct {
	films
	b              *Bound[T]
	cell           lstmGradJob[T]
	u, mask, drop  []T
	kept, before   []T // the gates, and c before each step
	dy, dx         []T
	dh, dc, dz, di []T // di is the gradient of what the convolution read
	room           []T
	tmp            [][]T // by worker
	conv           *f32conv2d.InputGrad
	plain64        conv2DGradient[T]
	image          func(n, worker int)
	look, back     Run
	k              int
	starts         [2][]T // the gradients of the initial states
}

func convLSTMGrad[T Float](d op.ConvLSTMGrad, b *Bound[T]) Run {
	mask, drop, gates := d.GradInputs()
	s := newFilms(d.ConvLSTM, b.In[gates].Shape)
	j := &filmGradJob[T]{
		films: s, b: b, u: b.In[0].F, mask: optional(b, mask), drop: optional(b, drop), kept: b.In[gates].F, before: b.In[gates+1].F, dy: b.In[gates+2].F,
		dx: b.Out[0].F, starts: [2][]T{b.Out[1].F, b.Out[2].F},
	}
	r := op.Recurrent{Activation: d.Activation, Gate: d.Gate}
	j.cell = lstmGradJob[T]{
		recurrentGrad: &recurrentGrad[T]{b: b},
		usual:         usualCurves[T](r), activate: newCurve[T](b.ISA, d.Activation), gate: newCurve[T](b.ISA, d.Gate),
	}
	take := taker(b.Scratch)
	j.dh, j.dc, j.dz, j.di = take(s.state()), take(s.state()), take(4*s.state()), take(s.batch*s.pixels*s.channels)
	for range b.Workers() {
		j.tmp = append(j.tmp, take(2*s.filters))
	}
	if is32[T]() {
		j.conv = f32conv2d.NewInputGrad(b.ISA, s.window, false)
		j.room = take(j.conv.Scratch(b.Workers()))
	}
	j.plain64 = conv2DGradient[T]{s: s.window, w: j.u, dz: j.dz, dx: j.di}
	j.image = j.plain64.image
	j.look = b.grouped(s.batch*s.depth, s.rows*s.wide*s.channels, j.lookBack)
	j.back = b.grouped(s.batch*s.depth*s.rows, 8*s.wide*s.filters, j.cellsOf)
	return j.run
}

func (j *filmGradJob[T]) run(c *Context) {
	n := j.pixels * j.filters
	for i, s := range [][]T{j.dh, j.dc} {
		clear(s)
		for e := range j.batch {
			if j.States {
				copy(s[e*n:][:n], j.dy[((e+1)*j.outs-2+i)*n:])
			}
		}
	}
	for j.k = j.steps - 1; j.k >= 0; j.k-- {
		j.back(c)
		if j.k == 0 && j.starts[0] == nil || j.window.N == 0 {
			break
		}
		if is32[T]() {
			j.conv.Run(j.b, f32(j.dz), nil, f32(j.u), f32(j.di), f32(j.room))
		} else {
			j.b.For(j.window.N, j.image)
		}
		j.look(c)
	}
	for i, s := range [][]T{j.dh, j.dc} {
		if j.starts[i] != nil {
			copy(j.starts[i], s)
		}
	}
}

// cellsOf takes the gradients of a row of the images one step back.
func (j *filmGradJob[T]) cellsOf(row, worker int) {
	per := j.depth * j.rows
	e, in := row/per, row%per
	t, f, w := j.time(j.k), j.filters, j.wide
	at, first := ((e*j.steps+t)*per+in)*w, row*w
	dz, dh, dc := j.dz[first*4*f:][:w*4*f], j.dh[first*f:][:w*f], j.dc[first*f:][:w*f]
	counts := j.mask == nil || j.mask[e*j.steps+t] != 0
	if place := j.place(j.k); place >= 0 && (counts || !j.ZeroMasked) {
		addTo(j.b.ISA, dh, j.dy[((e*j.outs+place)*per+in)*w*f:][:w*f])
	}
	if counts {
		for p := range w {
			j.cell.cell(dz[p*4*f:][:4*f], j.kept[(at+p)*4*f:][:4*f], j.before[(at+p)*f:][:f], dh[p*f:][:f], dc[p*f:][:f], j.tmp[worker])
		}
	} else {
		clear(dz)
	}
	if j.dx != nil {
		copy(j.dx[at*4*f:], dz)
	}
}

// lookBack adds to the gradient of a plane of the state what came through the convolution.
func (j *filmGradJob[T]) lookBack(plane, _ int) {
	e, d := plane/j.depth, plane%j.depth
	area, f := j.rows*j.wide, j.filters
	dh := j.dh[plane*area*f:][:area*f]
	if j.plain() {
		addTo(j.b.ISA, dh, j.di[plane*area*f:][:area*f])
		return
	}
	for g := range j.Groups() {
		for q := range j.Depth {
			from := d - (q - (j.Depth-1)/2) // the plane whose window has this one as cell q
			if from < 0 || from >= j.depth {
				continue
			}
			at := (g*j.Depth + q) * f
			for p := range area {
				di := j.di[((e*j.depth+from)*area+p)*j.channels+at:][:f]
				to := dh[p*f:][:f]
				if j.drop == nil {
					for k, v := range di {
						to[k] += v
					}
					continue
				}
				drop := j.drop[g*j.state()+(plane*area+p)*f:][:f]
				for k, v := range di {
					to[k] += T(v * drop[k])
				}
			}
		}
	}
}
