package cpu

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/internal/kernel/isa"
	"github.com/dlrun/dlrun/internal/kernel/philox"
)

var _ = register(dropout[float32], dropout[float64]).withScratch(dropoutScratch)

// stream is the random sequence of an op in the step at hand, of the run's seed or its own.
func (c *Context) stream(d op.Dropout) philox.Key {
	seed := c.Seed
	if d.OwnSeed {
		seed = d.Seed
	}
	return philox.NewKey(seed).Derive(d.Stream).Derive(c.Step)
}

// noise is the shape of the draws, and whether each element has its own.
func noise(d op.Dropout, x []int) (n int, own bool) {
	n, own = 1, true
	for i, s := range x {
		if d.Noise != nil && d.Noise[i] != s {
			own = false
			continue
		}
		n *= s
	}
	return n, own
}

// dropoutScratch holds the factors where elements share them.
func dropoutScratch(o *op.Op, _ *Machine) int {
	n, own := noise(o.Def.(op.Dropout), o.In[0].Shape)
	if own {
		return 0
	}
	return n
}

// dropping is a Dropout whose draws are each element's own, in the step at hand.
type dropping[T Float] struct {
	isa    isa.ISA
	op     op.Dropout
	keep   float64
	factor float32
	key    philox.Key
}

func newDropping[T Float](i isa.ISA, d op.Dropout) *dropping[T] {
	s := &dropping[T]{isa: i, op: d, keep: 1 - d.Rate}
	if s.keep > 0 {
		s.factor = float32(1 / s.keep)
	}
	return s
}

// begin takes the random sequence of the step.
func (d *dropping[T]) begin(c *Context) { d.key = c.stream(d.op) }

// apply sets y, elements of the output from number at on, from those of the input; y may be x.
func (d *dropping[T]) apply(y, x []T, at int) {
	if is32[T]() {
		philox.Dropout(d.isa, f32(y), f32(x), d.key, uint64(at), d.keep, d.factor)
		return
	}
	var room [256]float32
	for lo := 0; lo < len(y); lo += len(room) {
		m := room[:min(len(room), len(y)-lo)]
		philox.Bernoulli(d.isa, m, d.key, uint64(at+lo), d.keep, d.factor)
		for k, f := range m {
			y[lo+k] = x[lo+k] * T(f)
		}
	}
}

// dropoutJob is the op bound to memory.
type dropoutJob[T Float] struct {
	*Bound[T]
	*dropping[T]
	x, y    []T
	strides []int // of the factors along the axes of x
}

func dropout[T Float](d op.Dropout, b *Bound[T]) Run {
	j := &dropoutJob[T]{Bound: b, dropping: newDropping[T](b.ISA, d), x: b.In[0].F, y: b.Out[0].F}
	n, own := noise(d, b.In[0].Shape)
	if own {
		run := b.elementwise(len(j.y), func(lo, hi int) { j.apply(j.y[lo:hi], j.x[lo:hi], lo) })
		return func(c *Context) { j.begin(c); run(c) }
	}
	j.strides = make([]int, len(d.Noise))
	stride := 1
	for i := len(d.Noise) - 1; i >= 0; i-- {
		if d.Noise[i] != 1 {
			j.strides[i] = stride
		}
		stride *= d.Noise[i]
	}
	draw, apply := b.elementwise(n, j.factors), b.elementwise(len(j.y), j.shared)
	return func(c *Context) { j.begin(c); draw(c); apply(c) }
}

func bernoulli[T Float](i isa.ISA, mask []T, key philox.Key, offset uint64, keep float64, factor float32) {
	if is32[T]() {
		philox.Bernoulli(i, f32(mask), key, offset, keep, factor)
		return
	}
	var room [256]float32
	for at := 0; at < len(mask); at += len(room) {
		r := room[:min(len(room), len(mask)-at)]
		philox.Bernoulli(i, r, key, offset+uint64(at), keep, factor)
		for k, f := range r {
			mask[at+k] = T(f)
		}
	}
}

// factors draws the shared factors lo to hi-1.
func (j *dropoutJob[T]) factors(lo, hi int) {
	bernoulli(j.ISA, j.Scratch[lo:hi], j.key, uint64(lo), j.keep, j.factor)
}

// shared multiplies by factors that elements share.
func (j *dropoutJob[T]) shared(lo, hi int) {
	shape := j.In[0].Shape
	last := len(shape) - 1
	size, step := shape[last], j.strides[last]
	for i := lo; i < hi; {
		at := 0
		for a, rest := last-1, i/size; a >= 0; a-- {
			at += rest % shape[a] * j.strides[a]
			rest /= shape[a]
		}
		first := i % size
		end := min(hi, i+size-first)
		for k := range end - i {
			j.y[i+k] = flush(j.x[i+k] * j.Scratch[at+(first+k)*step])
		}
		i = end
	}
}
