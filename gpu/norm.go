package gpu

import (
	"slices"

	"github.com/dlrun/dlrun/builder/op"
)

var (
	_ = register(bindBatchNorm, "Axis", "Epsilon", "Momentum", "Scale", "Center", "Frozen")
	_ = register(bindBatchNormGrad, "Axis", "Epsilon", "Momentum", "Scale", "Center", "Frozen")
	_ = register(bindLayerNorm, "Axes", "Epsilon", "Scale", "Center")
	_ = register(bindLayerNormGrad, "Axes", "Epsilon", "Scale", "Center")
)

// channels is a value as [outer, channels, inner].
type channels struct {
	n           int   // channels
	rows, inner int64 // rows: outer · inner
}

func channelsOf(shape []int, axis int) channels {
	c := channels{n: shape[axis], rows: 1, inner: 1}
	for i, d := range shape {
		if i > axis {
			c.inner *= int64(d)
		}
		if i != axis {
			c.rows *= int64(d)
		}
	}
	return c
}

type normSumsParams struct {
	x, dy, mean, inv, out Ptr
	rows, inner, part     int64
	channels, fn          int32
}

const (
	normMoments = iota
	normBatchGrad
	normLayerGrad
)

// normPart is how many rows a block of norm_sums takes.
const normPart = 512

// normSums launches the sums over rows and returns where their parts are, and how many.
func (b *Bound) normSums(c channels, p normSumsParams) (Ptr, int) {
	part := max(normPart, (c.rows+1023)/1024)
	count := int((c.rows + part - 1) / part)
	p.rows, p.inner, p.part, p.channels = c.rows, c.inner, part, int32(c.n)
	p.out = b.temporary(2 * count * c.n)
	launch(b, "norm_sums", [3]int{(c.n + 31) / 32, count, 1}, threads, p)
	return p.out, count
}

type normJoinParams struct {
	parts, first, second Ptr
	channels, count      int32
}

type batchStatisticsParams struct {
	x, parts, movingMean, movingVariance, mean, inv, faults Ptr
	rows, inner                                             int64
	channels, count, frozen                                 int32
	epsilon, momentum, rest                                 float32
}

type batchNormParams struct {
	x, mean, inv, gamma, beta, dy, sums, out Ptr
	n, inner, rows                           int64
	channels, frozen                         int32
}

// orTemporary is where an output is written: scratch memory where nobody reads it.
func (b *Bound) orTemporary(m Mem, elems int) Ptr {
	at := b.temporary(elems)
	if m.Unread() {
		return at
	}
	return m.Ptr
}

func bindBatchNorm(d op.BatchNorm, b *Bound) error {
	c := channelsOf(b.In[0].Shape, d.Axis)
	if c.rows == 0 || c.n == 0 {
		return b.unsupported("no elements")
	}
	s := batchStatisticsParams{
		x: b.In[0].Ptr, movingMean: b.In[1].Ptr, movingVariance: b.In[2].Ptr, faults: b.faults, rows: c.rows, inner: c.inner, channels: int32(c.n),
		epsilon: float32(d.Epsilon), momentum: float32(d.Momentum), rest: float32(1 - d.Momentum),
	}
	s.mean, s.inv = b.orTemporary(b.Out[1], c.n), b.orTemporary(b.Out[2], c.n)
	if d.Frozen {
		s.frozen = 1
	} else {
		at, count := b.normSums(c, normSumsParams{x: b.In[0].Ptr, fn: normMoments})
		s.parts, s.count = at, int32(count)
	}
	each(b, "batch_statistics", c.n, s)
	if b.Out[0].Unread() {
		return nil
	}
	n := b.In[0].Elems()
	p := batchNormParams{x: b.In[0].Ptr, mean: s.mean, inv: s.inv, out: b.Out[0].Ptr, n: int64(n), inner: c.inner, rows: c.rows, channels: int32(c.n)}
	if d.Scale {
		p.gamma = b.In[d.Gamma()].Ptr
	}
	if d.Center {
		p.beta = b.In[d.Beta()].Ptr
	}
	each(b, "batch_norm", n, p)
	return nil
}

func bindBatchNormGrad(d op.BatchNormGrad, b *Bound) error {
	c := channelsOf(b.In[0].Shape, d.Axis)
	if c.rows == 0 || c.n == 0 {
		return b.unsupported("no elements")
	}
	at, count := b.normSums(c, normSumsParams{x: b.In[0].Ptr, dy: b.In[3].Ptr, mean: b.In[1].Ptr, inv: b.In[2].Ptr, fn: normBatchGrad})
	sums := b.temporary(2 * c.n)
	each(b, "norm_join", c.n, normJoinParams{at, sums, sums + Ptr(4*c.n), int32(c.n), int32(count)})
	each(b, "norm_join", c.n, normJoinParams{at, b.Out[2].Ptr, b.Out[1].Ptr, int32(c.n), int32(count)})
	if b.Out[0].Unread() {
		return nil
	}
	n := b.In[0].Elems()
	p := batchNormParams{
		x: b.In[0].Ptr, mean: b.In[1].Ptr, inv: b.In[2].Ptr, dy: b.In[3].Ptr, sums: sums, out: b.Out[0].Ptr, n: int64(n), inner: c.inner, rows: c.rows, channels: int32(c.n),
	}
	if d.Scale {
		p.gamma = b.In[4].Ptr
	}
	if d.Frozen {
		p.frozen = 1
	}
	each(b, "batch_norm_grad", n, p)
	return nil
}

type layerNormParams struct {
	x, gamma, beta, dy, y, mean, inv, dx Ptr
	n                                    int32
	epsilon                              float32
}

// turned is a value with the axes of a layer normalization at its end, as they lie in memory: rows of n elements.
type turned struct {
	b       *Bound
	shape   []int
	perm    []int // of the axes; nil where they lie so already
	rows, n int
}

func (b *Bound) turned(shape, last []int) (turned, error) {
	t := turned{b: b, shape: shape, rows: 1, n: 1}
	inOrder := true
	for i, d := range shape {
		if slices.Contains(last, i) {
			t.n *= d
		} else {
			inOrder = inOrder && i < len(shape)-len(last)
			t.rows *= d
			t.perm = append(t.perm, i)
		}
	}
	if t.perm = append(t.perm, last...); inOrder {
		t.perm = nil
	}
	if t.n == 0 {
		return t, b.unsupported("no elements")
	}
	return t, nil
}

// axes are those of the turned value, with strides as they lie in the other.
func (t turned) axes() axes {
	own := strideOf(t.shape)
	var size, stride []int
	for _, a := range t.perm {
		size, stride = append(size, t.shape[a]), append(stride, own[a])
	}
	return joinAxes(size, stride)
}

// from is a value turned.
func (t turned) from(x Mem) (Ptr, error) {
	if t.perm == nil {
		return x.Ptr, nil
	}
	at := t.b.temporary(t.rows * t.n)
	return at, t.b.move(Mem{Ptr: at}, x, t.axes(), 0)
}

// to is where a result is to be written turned, and what turns it back.
func (t turned) to(y Mem) (Ptr, func() error) {
	if t.perm == nil || y.Unread() {
		return y.Ptr, func() error { return nil }
	}
	at := t.b.temporary(t.rows * t.n)
	return at, func() error { return t.b.scatter(y, Mem{Ptr: at}, t.axes(), 0) }
}

func bindLayerNorm(d op.LayerNorm, b *Bound) error {
	t, err := b.turned(b.In[0].Shape, d.Axes)
	if err != nil {
		return err
	}
	p := layerNormParams{mean: b.Out[1].Ptr, inv: b.Out[2].Ptr, n: int32(t.n), epsilon: float32(d.Epsilon)}
	if p.x, err = t.from(b.In[0]); err != nil {
		return err
	}
	if d.Scale {
		p.gamma = b.In[1].Ptr
	}
	if d.Center {
		p.beta = b.In[len(b.In)-1].Ptr
	}
	y, back := t.to(b.Out[0])
	p.y = y
	rows(b, "layer_norm", t.rows, t.n, p)
	return back()
}

func bindLayerNormGrad(d op.LayerNormGrad, b *Bound) error {
	t, err := b.turned(b.In[0].Shape, d.Axes)
	if err != nil {
		return err
	}
	p := layerNormParams{mean: b.In[1].Ptr, inv: b.In[2].Ptr, n: int32(t.n)}
	if p.x, err = t.from(b.In[0]); err != nil {
		return err
	}
	if p.dy, err = t.from(b.In[3]); err != nil {
		return err
	}
	if d.Scale {
		p.gamma = b.In[4].Ptr
	}
	if !b.Out[0].Unread() {
		dx, back := t.to(b.Out[0])
		p.dx = dx
		rows(b, "layer_norm_grad", t.rows, t.n, p)
		if err := back(); err != nil {
			return err
		}
	}
	if !b.Out[1].Unread() || !b.Out[2].Unread() {
		at, parts := b.normSums(channels{n: t.n, rows: int64(t.rows), inner: 1}, normSumsParams{x: p.x, dy: p.dy, mean: p.mean, inv: p.inv, fn: normLayerGrad})
		each(b, "norm_join", t.n, normJoinParams{at, b.Out[2].Ptr, b.Out[1].Ptr, int32(t.n), int32(parts)})
	}
	return nil
}
