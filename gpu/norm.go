package gpu

import "github.com/dlrun/dlrun/builder/op"

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

// lastAxes is how many rows there are, and how long they are, where the axes are a value's last.
func (b *Bound) lastAxes(shape, axes []int) (rows, n int, err error) {
	rows, n = 1, 1
	for i, d := range shape {
		if i < len(shape)-len(axes) {
			rows *= d
		} else {
			n *= d
		}
	}
	for i, a := range axes {
		if a != len(shape)-len(axes)+i {
			return 0, 0, b.unsupported("axes %v of %v, which are not the last", axes, shape)
		}
	}
	if n == 0 {
		return 0, 0, b.unsupported("no elements")
	}
	return rows, n, nil
}

func bindLayerNorm(d op.LayerNorm, b *Bound) error {
	count, n, err := b.lastAxes(b.In[0].Shape, d.Axes)
	if err != nil {
		return err
	}
	p := layerNormParams{x: b.In[0].Ptr, y: b.Out[0].Ptr, mean: b.Out[1].Ptr, inv: b.Out[2].Ptr, n: int32(n), epsilon: float32(d.Epsilon)}
	if d.Scale {
		p.gamma = b.In[1].Ptr
	}
	if d.Center {
		p.beta = b.In[len(b.In)-1].Ptr
	}
	rows(b, "layer_norm", count, n, p)
	return nil
}

func bindLayerNormGrad(d op.LayerNormGrad, b *Bound) error {
	count, n, err := b.lastAxes(b.In[0].Shape, d.Axes)
	if err != nil {
		return err
	}
	p := layerNormParams{x: b.In[0].Ptr, mean: b.In[1].Ptr, inv: b.In[2].Ptr, dy: b.In[3].Ptr, dx: b.Out[0].Ptr, n: int32(n)}
	if d.Scale {
		p.gamma = b.In[4].Ptr
	}
	if !b.Out[0].Unread() {
		rows(b, "layer_norm_grad", count, n, p)
	}
	if !b.Out[1].Unread() || !b.Out[2].Unread() {
		at, parts := b.normSums(channels{n: n, rows: int64(count), inner: 1}, normSumsParams{x: p.x, dy: p.dy, mean: p.mean, inv: p.inv, fn: normLayerGrad})
		each(b, "norm_join", n, normJoinParams{at, b.Out[2].Ptr, b.Out[1].Ptr, int32(n), int32(parts)})
	}
	return nil
}
