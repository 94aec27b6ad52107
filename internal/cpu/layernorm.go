package cpu

import (
	"math"

	"github.com/dlrun/dlrun/builder/op"
)

var (
	_ = register(layerNorm[float32], layerNorm[float64]).withScratch(layerNormScratch)
	_ = register(layerNormGrad[float32], layerNormGrad[float64]).withScratch(layerNormGradScratch)
)

// groups are the elements that are normalised together: group g has element e at first[g] + at[e].
type groups struct {
	first, at []int
	dense     bool // the elements of a group are neighbours
	perTask   int
}

func newGroups(x []int, axes []int) groups {
	over := make([]bool, len(x))
	for _, a := range axes {
		over[a] = true
	}
	g := groups{first: []int{0}, at: []int{0}}
	stride := 1
	for i := len(x) - 1; i >= 0; i-- {
		list := &g.first
		if over[i] {
			list = &g.at
		}
		var next []int
		for k := range x[i] {
			for _, o := range *list {
				next = append(next, k*stride+o)
			}
		}
		*list = next
		stride *= x[i]
	}
	g.dense = true
	for e, o := range g.at {
		g.dense = g.dense && e == o
	}
	g.perTask = max(1, 4096/max(1, len(g.at)))
	return g
}

func (g *groups) tasks() int { return (len(g.first) + g.perTask - 1) / g.perTask }

func (g *groups) of(task int) (lo, hi int) {
	return task * g.perTask, min(len(g.first), (task+1)*g.perTask)
}

// rowScratch is the memory in which a worker gathers n groups whose elements are not neighbours.
func (g *groups) rowScratch(n int) int {
	if g.dense {
		return 0
	}
	return n * padded(len(g.at))
}

// row is group i of x: in place, or gathered into room.
func row[T Float](g *groups, x, room []T, i int) []T {
	if g.dense {
		return x[g.first[i]:][:len(g.at)]
	}
	room = room[:len(g.at)]
	x = x[g.first[i]:]
	for e, o := range g.at {
		room[e] = x[o]
	}
	return room
}

// target is where group i of y is computed: in place, or in room, from where put brings it.
func target[T Float](g *groups, y, room []T, i int) []T {
	if g.dense {
		return y[g.first[i]:][:len(g.at)]
	}
	return room[:len(g.at)]
}

func put[T Float](g *groups, y, from []T, i int) {
	if g.dense {
		return
	}
	y = y[g.first[i]:]
	for e, o := range g.at {
		y[o] = from[e]
	}
}

func layerNormScratch(o *op.Op, m *Machine) int {
	g := newGroups(o.In[0].Shape, o.Def.(op.LayerNorm).Axes)
	return m.Workers() * g.rowScratch(2)
}

func layerNorm[T Float](d op.LayerNorm, b *Bound[T]) Run {
	g := newGroups(b.In[0].Shape, d.Axes)
	x, y, means, invs := b.In[0].F, b.Out[0].F, b.Out[1].F, b.Out[2].F
	var gamma, beta []T
	if d.Scale {
		gamma = b.In[1].F
	}
	if d.Center {
		beta = b.In[len(b.In)-1].F
	}
	own := g.rowScratch(2)
	task := func(t, worker int) {
		room := b.Scratch[worker*own:][:own]
		lo, hi := g.of(t)
		for i := lo; i < hi; i++ {
			in := row(&g, x, room[:own/2], i)
			mean, inv := momentsOf(in, d.Epsilon)
			if means != nil {
				means[i] = mean
			}
			if invs != nil {
				invs[i] = inv
			}
			if y != nil {
				out := target(&g, y, room[own/2:], i)
				normalized(out, in, gamma, beta, mean, inv)
				put(&g, y, out, i)
			}
		}
	}
	return func(*Context) { b.For(g.tasks(), task) }
}

// momentsOf is the mean of x, and one over the root of its variance plus epsilon.
func momentsOf[T Float](x []T, epsilon float64) (mean, inv T) {
	n := float64(len(x))
	mean = flush(T(sum4(x) / n))
	variance := flush(T(squares4(x, mean) / n))
	return mean, flush(T(1 / math.Sqrt(float64(variance)+epsilon)))
}

// sum4 sums x in float64, in four interleaved sums.
func sum4[T Float](x []T) float64 {
	var a, b, c, d float64
	for ; len(x) >= 4; x = x[4:] {
		a += float64(x[0])
		b += float64(x[1])
		c += float64(x[2])
		d += float64(x[3])
	}
	for _, v := range x {
		a += float64(v)
	}
	return (a + b) + (c + d)
}

// squares4 is sum4 of (x-mean)².
func squares4[T Float](x []T, mean T) float64 {
	var a, b, c, d float64
	for ; len(x) >= 4; x = x[4:] {
		p, q, r, s := float64(x[0]-mean), float64(x[1]-mean), float64(x[2]-mean), float64(x[3]-mean)
		a += float64(p * p)
		b += float64(q * q)
		c += float64(r * r)
		d += float64(s * s)
	}
	for _, v := range x {
		p := float64(v - mean)
		a += float64(p * p)
	}
	return (a + b) + (c + d)
}

// normalized sets y to x·inv·gamma + (beta - mean·inv·gamma).
func normalized[T Float](y, x, gamma, beta []T, mean, inv T) {
	switch {
	case gamma == nil && beta == nil:
		h := -T(mean * inv)
		for k, v := range x {
			y[k] = flush(T(v*inv) + h)
		}
	case gamma == nil:
		h := -T(mean * inv)
		for k, v := range x {
			y[k] = flush(T(v*inv) + (h + beta[k]))
		}
	case beta == nil:
		for k, v := range x {
			s := T(inv * gamma[k])
			y[k] = flush(T(v*s) - T(mean*s))
		}
	default:
		beta, gamma = beta[:len(x)], gamma[:len(x)]
		for k, v := range x {
			s := T(inv * gamma[k])
			y[k] = flush(T(v*s) + (beta[k] - T(mean*s)))
		}
	}
}

// layerNormParts is in how many parts the gradients of gamma and beta are summed: by shape alone,
// and fewer where a part takes much memory.
func layerNormParts(g *groups) int {
	return min(g.tasks(), max(4, min(32, (256<<10)/max(1, len(g.at)))))
}

func layerNormGradScratch(o *op.Op, m *Machine) int {
	g := newGroups(o.In[0].Shape, o.Def.(op.LayerNormGrad).Axes)
	return padded(4*layerNormParts(&g)*len(g.at)) + m.Workers()*g.rowScratch(3)
}

// layerNormGradJob is the gradient bound to memory: with g = dy·gamma, h = (x-mean)·inv and n
// elements in a group, dx = inv·(g - Σg/n - h·Σ(g·h)/n); dgamma = Σ dy·h and dbeta = Σ dy over groups.
type layerNormGradJob[T Float] struct {
	groups
	x, mean, inv, dy, gamma []T
	dx, dgamma, dbeta       []T
	parts, own              int
	sums                    []float64 // of each part: dgamma, then dbeta
	rooms                   []T
}

func layerNormGrad[T Float](d op.LayerNormGrad, b *Bound[T]) Run {
	j := &layerNormGradJob[T]{
		groups: newGroups(b.In[0].Shape, d.Axes), x: b.In[0].F, mean: b.In[1].F, inv: b.In[2].F, dy: b.In[3].F,
		dx: b.Out[0].F, dgamma: b.Out[1].F, dbeta: b.Out[2].F,
	}
	if d.Scale {
		j.gamma = b.In[4].F
	}
	j.parts = layerNormParts(&j.groups)
	n := 2 * j.parts * len(j.at)
	j.sums, j.rooms, j.own = doubles(b.Scratch, n), b.Scratch[padded(2*n):], j.rowScratch(3)
	part, join := j.part, j.join
	return func(*Context) {
		b.For(j.parts, part)
		if j.dgamma != nil || j.dbeta != nil {
			b.For((len(j.at)+1023)/1024, join)
		}
	}
}

// part does an equal share of the groups.
func (j *layerNormGradJob[T]) part(part, worker int) {
	room := j.rooms[worker*j.own:][:j.own]
	third := j.own / 3
	n := len(j.at)
	dgamma := j.sums[part*2*n:][:n]
	dbeta := j.sums[part*2*n+n:][:n]
	clear(dgamma)
	clear(dbeta)
	for i := len(j.first) * part / j.parts; i < len(j.first)*(part+1)/j.parts; i++ {
		x := row(&j.groups, j.x, room[:third], i)
		dy := row(&j.groups, j.dy, room[third:2*third], i)
		mean, inv := j.mean[i], j.inv[i]
		if j.dx != nil {
			out := target(&j.groups, j.dx, room[2*third:], i)
			j.input(out, x, dy, mean, inv)
			put(&j.groups, j.dx, out, i)
		}
		if j.dgamma != nil {
			for k, g := range dy {
				dgamma[k] += float64(float64(g) * float64(T((x[k]-mean)*inv)))
			}
		}
		if j.dbeta != nil {
			for k, g := range dy {
				dbeta[k] += float64(g)
			}
		}
	}
}

// input sets dx of one group.
func (j *layerNormGradJob[T]) input(dx, x, dy []T, mean, inv T) {
	var sg, sgh float64
	for k, g := range dy {
		if j.gamma != nil {
			g = T(g * j.gamma[k])
		}
		sg += float64(g)
		sgh += float64(float64(g) * float64(x[k]-mean))
	}
	n := float64(len(x))
	center := T(sg / n)
	slope := T(sgh / n * float64(inv) * float64(inv))
	for k, g := range dy {
		if j.gamma != nil {
			g = T(g * j.gamma[k])
		}
		dx[k] = flush(inv * (g - center - T((x[k]-mean)*slope)))
	}
}

// join adds the parts, in order.
func (j *layerNormGradJob[T]) join(task, _ int) {
	n := len(j.at)
	for k := task * 1024; k < min(n, (task+1)*1024); k++ {
		var g, b float64
		for p := range j.parts {
			g += j.sums[p*2*n+k]
			b += j.sums[p*2*n+n+k]
		}
		if j.dgamma != nil {
			j.dgamma[k] = flush(T(g))
		}
		if j.dbeta != nil {
			j.dbeta[k] = flush(T(b))
		}
	}
}
