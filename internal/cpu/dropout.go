package cpu

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/internal/kernel/isa"
	"github.com/dlrun/dlrun/internal/kernel/philox"
)

var _ = register(dropout[float32], dropout[float64]).withScratch(dropoutScratch)

// maskBlock is how many factors are drawn at a time; they stay in the first-level cache.
const maskBlock = 1024

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

// dropoutScratch holds the factors: one block for each worker, or all of them where they are shared.
func dropoutScratch(o *op.Op, m *Machine) int {
	n, own := noise(o.Def.(op.Dropout), o.In[0].Shape)
	if own {
		return m.Workers() * maskBlock
	}
	return n
}

// dropoutJob is the op bound to memory.
type dropoutJob[T Float] struct {
	*Bound[T]
	x, y    []T
	n       int // of factors
	keep    float64
	factor  float32
	key     philox.Key
	strides []int // of the factors along the axes of x
}

func dropout[T Float](d op.Dropout, b *Bound[T]) Run {
	j := &dropoutJob[T]{Bound: b, x: b.In[0].F, y: b.Out[0].F, keep: 1 - d.Rate}
	if j.keep > 0 {
		j.factor = float32(1 / j.keep)
	}
	n, own := noise(d, b.In[0].Shape)
	j.n = n
	draw := func(c *Context) { j.key = c.stream(d) }
	if own {
		run := b.tasks(len(j.y), j.each)
		return func(c *Context) { draw(c); run(c) }
	}
	j.strides = make([]int, len(d.Noise))
	stride := 1
	for i := len(d.Noise) - 1; i >= 0; i-- {
		if d.Noise[i] != 1 {
			j.strides[i] = stride
		}
		stride *= d.Noise[i]
	}
	drawAll, apply := b.tasks(n, j.factors), b.tasks(len(j.y), j.shared)
	return func(c *Context) { draw(c); drawAll(c); apply(c) }
}

// tasks is elementwise with the worker.
func (m *Machine) tasks(n int, f func(lo, hi, worker int)) Run {
	task := func(t, worker int) { f(t*chunk, min(n, (t+1)*chunk), worker) }
	return func(*Context) { m.For((n+chunk-1)/chunk, task) }
}

// each draws for every element whether it is kept.
func (j *dropoutJob[T]) each(lo, hi, worker int) {
	if is32[T]() {
		philox.Dropout(j.ISA, f32(j.y[lo:hi]), f32(j.x[lo:hi]), j.key, uint64(lo), j.keep, j.factor)
		return
	}
	mask := j.Scratch[worker*maskBlock:][:maskBlock]
	for at := lo; at < hi; at += maskBlock {
		m := mask[:min(maskBlock, hi-at)]
		bernoulli(j.ISA, m, j.key, uint64(at), j.keep, j.factor)
		for k, f := range m {
			j.y[at+k] = j.x[at+k] * f
		}
	}
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
func (j *dropoutJob[T]) factors(lo, hi, _ int) {
	bernoulli(j.ISA, j.Scratch[lo:hi], j.key, uint64(lo), j.keep, j.factor)
}

// shared multiplies by factors that elements share.
func (j *dropoutJob[T]) shared(lo, hi, _ int) {
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
