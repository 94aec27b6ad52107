package cpu

import "github.com/dlrun/dlrun/builder/op"

var (
	_ = register(attention[float32], attention[float64]).withScratch(attentionScratch)
	_ = register(attentionGrad[float32], attentionGrad[float64]).withScratch(attentionGradScratch)
)

// attentionSizes are the sizes of an attention: of the scores [batch, heads, t, s], of a query's vector and of
// a value's.
type attentionSizes struct {
	batch, t, s   int
	heads, groups int
	depth, width  int
}

func attentionSizesOf(q, k, v []int) attentionSizes {
	return attentionSizes{batch: q[0], t: q[1], s: k[1], heads: q[2], groups: k[2], depth: q[3], width: v[3]}
}

// group is whose keys head h looks at.
func (n attentionSizes) group(h int) int { return h / (n.heads / n.groups) }

func attentionScratch(o *op.Op, m *Machine) int {
	n := attentionSizesOf(o.In[0].Shape, o.In[1].Shape, o.In[2].Shape)
	if elemSize(o) == 4 {
		return m.Workers() * newForwardTiles(m.ISA, n).scratch()
	}
	return m.Workers() * 2 * n.s
}

func attentionGradScratch(o *op.Op, m *Machine) int {
	n := attentionSizesOf(o.In[0].Shape, o.In[1].Shape, o.In[2].Shape)
	if elemSize(o) == 4 {
		return m.Workers() * newBackwardTiles(m.ISA, n).scratch()
	}
	return m.Workers() * 4 * n.s
}

// attention runs by tiles in float32. In float64, for tests, it is written out, row by row.
func attention[T Float](d op.Attention, b *Bound[T]) Run {
	n := attentionSizesOf(b.In[0].Shape, b.In[1].Shape, b.In[2].Shape)
	v := newSight(d.Sight, b.ISA, b.In[3:], n.heads, n.t, n.s)
	if b, ok := any(b).(*Bound[float32]); ok {
		return attentionTiles(d, n, any(v).(*sight[float32]), b)
	}
	j := &attentionRows[T]{n: n, sight: v, scale: T(d.Scale), scratch: b.Scratch, q: b.In[0].F, k: b.In[1].F, v: b.In[2].F, y: b.Out[0].F, l: b.Out[1].F}
	task := j.forward
	return func(c *Context) {
		v.begin(c)
		b.For(n.batch*n.heads, task)
	}
}

func attentionGrad[T Float](d op.AttentionGrad, b *Bound[T]) Run {
	n := attentionSizesOf(b.In[0].Shape, b.In[1].Shape, b.In[2].Shape)
	v := newSight(d.Sight, b.ISA, b.In[6:], n.heads, n.t, n.s)
	if b, ok := any(b).(*Bound[float32]); ok {
		return attentionGradTiles(d, n, any(v).(*sight[float32]), b)
	}
	j := &attentionRows[T]{
		n: n, sight: v, scale: T(d.Scale), scratch: b.Scratch, q: b.In[0].F, k: b.In[1].F, v: b.In[2].F, l: b.In[4].F,
		dy: b.In[5].F, dq: b.Out[0].F, dk: b.Out[1].F, dv: b.Out[2].F,
	}
	task := j.backward
	return func(c *Context) {
		v.begin(c)
		b.For(n.batch*n.groups, task)
	}
}

// attentionRows is the op written out: one row of scores at a time.
type attentionRows[T Float] struct {
	n attentionSizes
	*sight[T]
	scale      T
	scratch    []T
	q, k, v    []T
	y, l       []T
	dy         []T
	dq, dk, dv []T
}

// query, keyOf and value are vectors; outputs and gradients lie as what they belong to.
func (j *attentionRows[T]) query(x []T, b, t, h int) []T {
	return x[((b*j.n.t+t)*j.n.heads+h)*j.n.depth:][:j.n.depth]
}

func (j *attentionRows[T]) keyOf(x []T, b, s, g int) []T {
	return x[((b*j.n.s+s)*j.n.groups+g)*j.n.depth:][:j.n.depth]
}

func (j *attentionRows[T]) value(x []T, b, s, g int) []T {
	return x[((b*j.n.s+s)*j.n.groups+g)*j.n.width:][:j.n.width]
}

func (j *attentionRows[T]) output(x []T, b, t, h int) []T {
	return x[((b*j.n.t+t)*j.n.heads+h)*j.n.width:][:j.n.width]
}

// scores sets row to the scores of query t, those of hidden keys -Inf.
func (j *attentionRows[T]) scores(row []T, b, h, t int) {
	q := j.query(j.q, b, t, h)
	for s := range row {
		row[s] = dotPlain(q, j.keyOf(j.k, b, s, j.n.group(h))) * j.scale
	}
	j.hide(row, b, h, t, 0)
}

func dotPlain[T Float](x, y []T) T {
	var s T
	for i, v := range x {
		s += T(v * y[i])
	}
	return s
}

func axpyPlain[T Float](y []T, a T, x []T) {
	for i, v := range x {
		y[i] += T(a * v)
	}
}

func (j *attentionRows[T]) forward(task, worker int) {
	b, h := task/j.n.heads, task%j.n.heads
	room := j.scratch[worker*2*j.n.s:]
	row, f := room[:j.n.s], room[j.n.s:][:j.n.s]
	for t := range j.n.t {
		j.scores(row, b, h, t)
		l := j.softmax(row)
		if j.l != nil {
			j.l[(b*j.n.heads+h)*j.n.t+t] = l
		}
		if j.y == nil {
			continue
		}
		j.factorsOf(f, b, h, t)
		j.weigh(row, f, l)
		y := j.output(j.y, b, t, h)
		clear(y)
		for s, p := range row {
			axpyPlain(y, p, j.value(j.v, b, s, j.n.group(h)))
		}
	}
}

// factorsOf sets f to what dropout multiplies the weights of a query by.
func (j *attentionRows[T]) factorsOf(f []T, b, h, t int) {
	if j.Rate > 0 {
		j.factors(f, b, h, t, 0)
		return
	}
	for s := range f {
		f[s] = 1
	}
}

// weigh turns the softmax of a row into the weights of the values.
func (j *attentionRows[T]) weigh(row, factors []T, l T) {
	for s := range row {
		switch {
		case l != j.largest:
			row[s] *= factors[s]
		case j.Mean:
			row[s] = 1 / T(len(row))
		}
	}
}

func (j *attentionRows[T]) backward(task, worker int) {
	b, g := task/j.n.groups, task%j.n.groups
	room := j.scratch[worker*4*j.n.s:]
	p, w, dp, f := room[:j.n.s], room[j.n.s:][:j.n.s], room[2*j.n.s:][:j.n.s], room[3*j.n.s:][:j.n.s]
	for s := range j.n.s {
		if j.dk != nil {
			clear(j.keyOf(j.dk, b, s, g))
		}
		if j.dv != nil {
			clear(j.value(j.dv, b, s, g))
		}
	}
	for h := g * (j.n.heads / j.n.groups); h < (g+1)*(j.n.heads/j.n.groups); h++ {
		for t := range j.n.t {
			l := j.l[(b*j.n.heads+h)*j.n.t+t]
			j.scores(p, b, h, t)
			j.again(p, l)
			copy(w, p)
			j.factorsOf(f, b, h, t)
			j.weigh(w, f, l)
			dy := j.output(j.dy, b, t, h)
			delta := T(0)
			for s := range dp {
				dp[s] = dotPlain(dy, j.value(j.v, b, s, g)) * f[s]
				delta += T(dp[s] * p[s])
			}
			if j.dq != nil {
				clear(j.query(j.dq, b, t, h))
			}
			for s := range dp {
				ds := p[s] * (dp[s] - delta) * j.scale
				if j.dq != nil {
					axpyPlain(j.query(j.dq, b, t, h), ds, j.keyOf(j.k, b, s, g))
				}
				if j.dk != nil {
					axpyPlain(j.keyOf(j.dk, b, s, g), ds, j.query(j.q, b, t, h))
				}
				if j.dv != nil {
					axpyPlain(j.value(j.dv, b, s, g), w[s], dy)
				}
			}
		}
	}
}
