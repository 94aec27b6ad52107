package cpu

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/internal/kernel/f32vec"
	"github.com/dlrun/dlrun/internal/kernel/isa"
)

var (
	_ = register(additiveAttention[float32], additiveAttention[float64]).withScratch(func(o *op.Op, m *Machine) int {
		return m.Workers() * additiveSizesOf(o.In).scratch()
	})
	_ = register(additiveAttentionGrad[float32], additiveAttentionGrad[float64]).withScratch(func(o *op.Op, m *Machine) int {
		n := additiveSizesOf(o.In[3:])
		return m.Workers()*n.scratch() + n.batch*padded(n.depth)
	})
)

const (
	// additiveKeys is how many keys are joined with a query at a time.
	additiveKeys = 16
	// additiveQueries is how many queries a task has.
	additiveQueries = 16
)

type additiveSizes struct{ batch, t, s, depth, width int }

func additiveSizesOf(in []op.Spec) additiveSizes {
	q, k, v := in[0].Shape, in[1].Shape, in[2].Shape
	return additiveSizes{batch: q[0], t: q[1], s: k[1], depth: q[2], width: v[2]}
}

// scratch is what a worker needs: sums of a query and some keys, their tanh, a row of scores, of
// factors and of the gradients of weights.
func (n additiveSizes) scratch() int { return 2*padded(additiveKeys*n.depth) + 3*padded(n.s) }

// additiveJob is the op, or its gradient, bound to memory.
type additiveJob[T Float] struct {
	*sight[T]
	n              additiveSizes
	scratch        []T
	q, k, v, w     []T
	y, l           []T
	dy             []T
	dq, dk, dv, dw []T
	parts          []T // of dw, one row for each example
}

// additiveRoom is one worker's scratch memory.
type additiveRoom[T Float] struct{ tanh, tmp, row, factors, dp []T }

func (j *additiveJob[T]) room(worker int) additiveRoom[T] {
	m := j.scratch[worker*j.n.scratch():]
	block, row := padded(additiveKeys*j.n.depth), padded(j.n.s)
	return additiveRoom[T]{m[:block], m[block:][:block], m[2*block:][:j.n.s], m[2*block+row:][:j.n.s], m[2*block+2*row:][:j.n.s]}
}

// newAdditiveJob binds the inputs of the op.
func newAdditiveJob[T Float](d op.AdditiveAttention, b *Bound[T], specs []op.Spec, in []Buf[T]) *additiveJob[T] {
	n := additiveSizesOf(specs)
	j := &additiveJob[T]{
		n: n, sight: newSight(d.Sight, b.ISA, in[d.First():], 1, n.t, n.s), scratch: b.Scratch, q: in[0].F, k: in[1].F, v: in[2].F, w: []T{1},
	}
	if !d.Plain {
		j.w = in[3].F
	}
	return j
}

func additiveAttention[T Float](d op.AdditiveAttention, b *Bound[T]) Run {
	j := newAdditiveJob(d, b, b.Op.In, b.In)
	j.y, j.l = b.Out[0].F, b.Out[1].F
	n, v := j.n, j.sight
	task := j.forward
	return func(c *Context) {
		v.begin(c)
		b.For(n.batch*((n.t+additiveQueries-1)/additiveQueries), task)
	}
}

func additiveAttentionGrad[T Float](d op.AdditiveAttentionGrad, b *Bound[T]) Run {
	j := newAdditiveJob(d.AdditiveAttention, b, b.Op.In[3:], b.In[3:])
	n, v := j.n, j.sight
	j.y, j.l, j.dy = b.In[0].F, b.In[1].F, b.In[2].F
	j.dq, j.dk, j.dv, j.parts = b.Out[0].F, b.Out[1].F, b.Out[2].F, b.Scratch[b.Workers()*n.scratch():]
	if !d.Plain {
		j.dw = b.Out[3].F
	}
	task := j.backward
	return func(c *Context) {
		v.begin(c)
		b.For(n.batch, task)
		if j.dw != nil {
			j.join()
		}
	}
}

// join adds the examples' parts of the gradient of the weights, in order.
func (j *additiveJob[T]) join() {
	clear(j.dw)
	for b := range j.n.batch {
		part := j.parts[b*padded(j.n.depth):][:j.n.depth]
		if len(j.dw) == j.n.depth {
			addTo(j.isa, j.dw, part)
		} else {
			j.dw[0] = flush(j.dw[0] + sumLanes(j.isa, part))
		}
	}
}

// tanhOf sets r.tanh to tanh(q + k) for a query and the keys s0 to s1-1, key by key.
func (j *additiveJob[T]) tanhOf(r *additiveRoom[T], b, t, s0, s1 int) {
	n := &j.n
	dst := r.tanh[:(s1-s0)*n.depth]
	q, k := j.q[(b*n.t+t)*n.depth:][:n.depth], j.k[(b*n.s+s0)*n.depth:][:len(dst)]
	if is32[T]() {
		f32vec.BiasAdd(j.isa, f32(dst), f32(k), f32(q))
		f32vec.TanhSlice(j.isa, f32(dst), f32(dst))
		return
	}
	for i, x := range k {
		dst[i] = T(f32vec.Tanh64(float64(x + q[i%n.depth])))
	}
}

// weigh is the score that a key's tanh makes.
func (j *additiveJob[T]) weigh(tanh []T) T {
	if len(j.w) == len(tanh) {
		return dotRow(j.isa, tanh, j.w)
	}
	return flush(sumLanes(j.isa, tanh) * j.w[0])
}

// scores sets row to the scores of a query.
func (j *additiveJob[T]) scores(r *additiveRoom[T], b, t int) {
	n := &j.n
	for s0 := 0; s0 < n.s; s0 += additiveKeys {
		s1 := min(n.s, s0+additiveKeys)
		j.tanhOf(r, b, t, s0, s1)
		for s := s0; s < s1; s++ {
			r.row[s] = j.weigh(r.tanh[(s-s0)*n.depth:][:n.depth])
		}
	}
	j.hide(r.row, b, 0, t, 0)
}

func (j *additiveJob[T]) forward(task, worker int) {
	n := &j.n
	r := j.room(worker)
	chunks := (n.t + additiveQueries - 1) / additiveQueries
	b, t0 := task/chunks, task%chunks*additiveQueries
	for t := t0; t < min(n.t, t0+additiveQueries); t++ {
		j.scores(&r, b, t)
		l := j.softmax(r.row)
		if j.l != nil {
			j.l[b*n.t+t] = flush(l)
		}
		if j.y == nil {
			continue
		}
		y := j.y[(b*n.t+t)*n.width:][:n.width]
		clear(y)
		j.dropRow(&r, b, t, l)
		for s, p := range r.row {
			if p != 0 {
				axpyRow(j.isa, y, p, j.v[(b*n.s+s)*n.width:][:n.width])
			}
		}
	}
}

// dropRow turns the softmax of a row into the weights of the values.
func (j *additiveJob[T]) dropRow(r *additiveRoom[T], b, t int, l T) {
	switch {
	case l == j.largest && j.Mean:
		for s := range r.row {
			r.row[s] = 1 / T(j.n.s)
		}
	case j.Rate > 0:
		j.factors(r.factors, b, 0, t, 0)
		for s, f := range r.factors {
			r.row[s] *= f
		}
	}
}

// axpyRow is y = y + a·x.
func axpyRow[T Float](i isa.ISA, y []T, a T, x []T) {
	if is32[T]() {
		f32vec.Axpy(i, f32(y), float32(a), f32(x))
		return
	}
	for k, v := range x {
		y[k] += T(a * v)
	}
}

// backward computes the gradients of one example.
func (j *additiveJob[T]) backward(b, worker int) {
	n := &j.n
	r := j.room(worker)
	part := j.parts[b*padded(n.depth):][:n.depth]
	clear(part)
	clearRows(j.dq, b*n.t*n.depth, 0, 1, n.t*n.depth)
	clearRows(j.dk, b*n.s*n.depth, 0, 1, n.s*n.depth)
	clearRows(j.dv, b*n.s*n.width, 0, 1, n.s*n.width)
	for t := range n.t {
		j.scores(&r, b, t)
		l := j.l[b*n.t+t]
		j.again(r.row, l)
		dy := j.dy[(b*n.t+t)*n.width:][:n.width]
		delta := dotRow(j.isa, dy, j.y[(b*n.t+t)*n.width:][:n.width])
		for s := range r.dp {
			r.dp[s] = dotRow(j.isa, dy, j.v[(b*n.s+s)*n.width:][:n.width])
		}
		if j.Rate > 0 {
			j.factors(r.factors, b, 0, t, 0)
			for s, f := range r.factors {
				r.dp[s] *= f
			}
		}
		for s, p := range r.row {
			r.dp[s] = p * (r.dp[s] - delta)
		}
		j.queryGrad(&r, part, b, t)
		if j.dv != nil {
			j.dropRow(&r, b, t, l)
			for s, p := range r.row {
				if p != 0 {
					axpyRow(j.isa, j.dv[(b*n.s+s)*n.width:][:n.width], p, dy)
				}
			}
		}
	}
}

// queryGrad adds what the gradients r.dp of a query's scores mean for the query, the keys and the
// weights.
func (j *additiveJob[T]) queryGrad(r *additiveRoom[T], part []T, b, t int) {
	n := &j.n
	for s0 := 0; s0 < n.s; s0 += additiveKeys {
		s1 := min(n.s, s0+additiveKeys)
		j.tanhOf(r, b, t, s0, s1)
		for s := s0; s < s1; s++ {
			ds := r.dp[s]
			if ds == 0 {
				continue
			}
			tanh, g := r.tanh[(s-s0)*n.depth:][:n.depth], r.tmp[:n.depth]
			axpyRow(j.isa, part, ds, tanh)
			for i, x := range tanh {
				w := j.w[0]
				if len(j.w) > 1 {
					w = j.w[i]
				}
				g[i] = flush(ds * w * (1 - T(x*x)))
			}
			if j.dq != nil {
				addTo(j.isa, j.dq[(b*n.t+t)*n.depth:][:n.depth], g)
			}
			if j.dk != nil {
				addTo(j.isa, j.dk[(b*n.s+s)*n.depth:][:n.depth], g)
			}
		}
	}
}
