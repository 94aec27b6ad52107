package cpu

import (
	"math"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/internal/kernel/f32layernorm"
	"github.com/dlrun/dlrun/internal/kernel/isa"
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

// put brings group i, gathered in from, to its place in y.
func put[T Float](g *groups, y, from []T, i int) {
	y = y[g.first[i]:]
	for e, o := range g.at {
		y[o] = from[e]
	}
}

func layerNormScratch(o *op.Op, m *Machine) int {
	g := newGroups(o.In[0].Shape, o.Def.(op.LayerNorm).Axes)
	return m.Workers() * g.rowScratch(2)
}

// constants are n times v.
func constants[T Float](n int, v T) []T {
	x := make([]T, n)
	for i := range x {
		x[i] = v
	}
	return x
}

func layerNorm[T Float](d op.LayerNorm, b *Bound[T]) Run {
	g := newGroups(b.In[0].Shape, d.Axes)
	n := len(g.at)
	x, y, means, invs := b.In[0].F, b.Out[0].F, b.Out[1].F, b.Out[2].F
	var gamma, beta []T
	if d.Scale {
		gamma = b.In[1].F
	} else {
		gamma = constants(n, T(1))
	}
	if d.Center {
		beta = b.In[len(b.In)-1].F
	} else {
		beta = make([]T, n)
	}
	own := g.rowScratch(2)
	if y == nil { // only the moments are wanted
		y = make([]T, n*len(g.first))
	}
	task := func(t, worker int) {
		lo, hi := g.of(t)
		if g.dense {
			layerNormRows(b.ISA, y[lo*n:hi*n], x[lo*n:hi*n], gamma, beta, part(means, lo, hi), part(invs, lo, hi), d.Epsilon)
			return
		}
		room := b.Scratch[worker*own:][:own]
		for i := lo; i < hi; i++ {
			in, out := row(&g, x, room[:own/2], i), room[own/2:][:n]
			layerNormRows(b.ISA, out, in, gamma, beta, part(means, i, i+1), part(invs, i, i+1), d.Epsilon)
			put(&g, y, out, i)
		}
	}
	return func(*Context) { b.For(g.tasks(), task) }
}

// layerNormRows is f32layernorm.Forward, also in float64.
func layerNormRows[T Float](i isa.ISA, y, x, gamma, beta, means, invs []T, epsilon float64) {
	if is32[T]() {
		f32layernorm.Forward(i, f32(y), f32(x), f32(gamma), f32(beta), f32(means), f32(invs), epsilon)
		return
	}
	n := len(gamma)
	for r := 0; r*n < len(x); r++ {
		in := x[r*n:][:n]
		var mean, variance T
		for _, v := range in {
			mean += v
		}
		mean /= T(n)
		for _, v := range in {
			variance += T((v - mean) * (v - mean))
		}
		inv := 1 / T(math.Sqrt(float64(variance)/float64(n)+epsilon))
		if means != nil {
			means[r] = mean
		}
		if invs != nil {
			invs[r] = inv
		}
		for k, v := range in {
			y[r*n+k] = T(T(v-mean)*inv)*gamma[k] + beta[k]
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
	return padded(4*layerNormParts(&g)*len(g.at)) + m.Workers()*(padded(len(g.at))+g.rowScratch(2))
}

// layerNormGradJob is the gradient bound to memory: with g = dy·gamma, h = (x-mean)·inv and n
// elements in a group, dx = inv·(g - Σg/n - h·Σ(g·h)/n); dgamma = Σ dy·h and dbeta = Σ dy over groups.
type layerNormGradJob[T Float] struct {
	groups
	isa                     isa.ISA
	x, mean, inv, dy, gamma []T
	dx, dgamma, dbeta       []T
	parts, own              int
	sums                    []float64 // of each part: dgamma, then dbeta
	rooms                   []T       // of each worker: a row of dx, and where they are gathered, of x and of dy
}

func layerNormGrad[T Float](d op.LayerNormGrad, b *Bound[T]) Run {
	j := &layerNormGradJob[T]{
		groups: newGroups(b.In[0].Shape, d.Axes), isa: b.ISA, x: b.In[0].F, mean: b.In[1].F, inv: b.In[2].F, dy: b.In[3].F,
		dx: b.Out[0].F, dgamma: b.Out[1].F, dbeta: b.Out[2].F,
	}
	if d.Scale {
		j.gamma = b.In[4].F
	} else {
		j.gamma = constants(len(j.at), T(1))
	}
	j.parts = layerNormParts(&j.groups)
	n := 2 * j.parts * len(j.at)
	j.sums, j.rooms, j.own = doubles(b.Scratch, n), b.Scratch[padded(2*n):], padded(len(j.at))+j.rowScratch(2)
	part, join := j.part, j.join
	return func(*Context) {
		b.For(j.parts, part)
		if j.dgamma != nil || j.dbeta != nil {
			b.For((len(j.at)+1023)/1024, join)
		}
	}
}

// part does an equal share of the groups.
func (j *layerNormGradJob[T]) part(task, worker int) {
	n := len(j.at)
	room := j.rooms[worker*j.own:][:j.own]
	out, gathered := room[:n], room[padded(n):]
	dgamma, dbeta := j.sums[task*2*n:][:n], j.sums[task*2*n+n:][:n]
	clear(dgamma)
	clear(dbeta)
	lo, hi := len(j.first)*task/j.parts, len(j.first)*(task+1)/j.parts
	if j.dense {
		if j.dx != nil {
			out = j.dx[lo*n : hi*n]
		}
		layerNormGradRows(j.isa, out, j.x[lo*n:hi*n], j.dy[lo*n:hi*n], j.gamma, j.mean[lo:hi], j.inv[lo:hi], dgamma, dbeta)
		return
	}
	for i := lo; i < hi; i++ {
		x, dy := row(&j.groups, j.x, gathered[:len(gathered)/2], i), row(&j.groups, j.dy, gathered[len(gathered)/2:], i)
		layerNormGradRows(j.isa, out, x, dy, j.gamma, j.mean[i:i+1], j.inv[i:i+1], dgamma, dbeta)
		if j.dx != nil {
			put(&j.groups, j.dx, out, i)
		}
	}
}

// layerNormGradRows is f32layernorm.Backward, also in float64.
func layerNormGradRows[T Float](i isa.ISA, dx, x, dy, gamma, means, invs []T, dgamma, dbeta []float64) {
	if is32[T]() {
		f32layernorm.Backward(i, f32(dx), f32(x), f32(dy), f32(gamma), f32(means), f32(invs), dgamma, dbeta)
		return
	}
	n := len(gamma)
	for r := range means {
		x, dy, mean, inv := x[r*n:][:n], dy[r*n:][:n], means[r], invs[r]
		var sg, sgh T
		for k, z := range dy {
			h := T(x[k]-mean) * inv
			sg += T(z * gamma[k])
			sgh += T(T(z*gamma[k]) * h)
			dgamma[k] += float64(T(z * h))
			dbeta[k] += float64(z)
		}
		to := dx
		if len(dx) > n {
			to = dx[r*n:][:n]
		}
		for k, z := range dy {
			h := T(x[k]-mean) * inv
			to[k] = inv * (T(z*gamma[k]) - sg/T(n) - T(h*sgh)/T(n))
		}
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
