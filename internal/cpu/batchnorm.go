package cpu

import (
	"math"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/internal/kernel/f32norm"
	"github.com/dlrun/dlrun/internal/kernel/isa"
	"github.com/dlrun/dlrun/internal/plan"
)

var (
	_ = register(batchNorm[float32], batchNorm[float64]).withScratch(batchNormScratch).rowwise(batchNormPhases)
	_ = register(batchNormGrad[float32], batchNormGrad[float64]).withScratch(batchNormGradScratch).rowwise(batchNormGradPhases).
		overwrites(func(*op.Op) [][2]int { return [][2]int{{0, 3}} })
)

// batchNormScratch holds, for each channel, mean, 1/sqrt(variance+epsilon), scale and shift, and the
// sums of parts in float64.
func batchNormScratch(o *op.Op, _ *Machine) int {
	c := newChannels(o.In[0].Shape, o.Def.(op.BatchNorm).Axis)
	return 4*padded(c.n) + 4*c.parts*c.n
}

// batchNormGradScratch holds, for each channel, the coefficients of dx, and two sums of parts.
func batchNormGradScratch(o *op.Op, _ *Machine) int {
	c := newChannels(o.In[0].Shape, o.Def.(op.BatchNormGrad).Axis)
	return 3*padded(c.n) + 4*c.parts*c.n
}

// batchNormPhases are the sums for the statistics, where there are any to make, and then what is done with them.
func batchNormPhases(o *op.Op, _ *Machine) []plan.Phase {
	d := o.Def.(op.BatchNorm)
	c := newChannels(o.In[0].Shape, d.Axis)
	x := make([]bool, len(o.In))
	x[0] = true
	sums, apply := c.phase(o.In[0].Shape[0], x, make([]bool, 3)), c.phase(o.In[0].Shape[0], x, []bool{true, false, false})
	if d.Frozen {
		return []plan.Phase{apply}
	}
	return []plan.Phase{sums, apply}
}

// batchNormGradPhases are the sums over channels, where they are needed for dx, and then dx.
func batchNormGradPhases(o *op.Op, _ *Machine) []plan.Phase {
	d := o.Def.(op.BatchNormGrad)
	c := newChannels(o.In[0].Shape, d.Axis)
	in := make([]bool, len(o.In))
	in[0], in[3] = true, true
	sums, dx := c.phase(o.In[0].Shape[0], in, make([]bool, 3)), c.phase(o.In[0].Shape[0], in, []bool{true, false, false})
	return []plan.Phase{sums, dx}
}

// rowsOf cuts scratch memory into rows of n.
func rowsOf[T Float](scratch []T, rows, n int) [][]T {
	out := make([][]T, rows)
	for i := range out {
		out[i] = scratch[i*padded(n):][:n]
	}
	return out
}

// gammaOf and betaOf are the inputs of that name, or nil.
func gammaOf[T Float](d op.BatchNorm, b *Bound[T]) []T {
	if d.Scale {
		return b.In[d.Gamma()].F
	}
	return nil
}

func betaOf[T Float](d op.BatchNorm, b *Bound[T]) []T {
	if d.Center {
		return b.In[d.Beta()].F
	}
	return nil
}

// batchNormJob is the op bound to memory.
type batchNormJob[T Float] struct {
	channels
	op.BatchNorm
	x, y                  []T
	mean, inv             []T
	scale, shift          []T
	gamma, beta           []T
	movingMean, movingVar []T
	sums, squares         []float64
	momentum, rest        T
	isa                   isa.ISA
	meanOut, invOut       []T // nil where nobody reads them
}

func batchNorm[T Float](d op.BatchNorm, b *Bound[T]) Run {
	c := newChannels(b.In[0].Shape, d.Axis)
	s := rowsOf(b.Scratch, 4, c.n)
	sums := doubles(b.Scratch[4*padded(c.n):], 2*c.parts*c.n)
	j := &batchNormJob[T]{
		channels: c, BatchNorm: d, x: b.In[0].F, y: b.Out[0].F, mean: s[0], inv: s[1], scale: s[2], shift: s[3],
		movingMean: b.In[1].F, movingVar: b.In[2].F, gamma: gammaOf(d, b), beta: betaOf(d, b),
		sums: sums[:c.parts*c.n], squares: sums[c.parts*c.n:], momentum: T(d.Momentum), rest: T(1 - d.Momentum), isa: b.ISA,
		meanOut: b.Out[1].F, invOut: b.Out[2].F,
	}
	if d.Frozen {
		return runParts(b, &c, partStage{before: j.frozen, part: j.apply})
	}
	return runParts(b, &c, partStage{part: j.moments, after: j.statistics}, partStage{part: j.apply})
}

func (j *batchNormJob[T]) moments(p, _ int) {
	lo, hi := j.rows(p)
	sumMoments(j.isa, &j.channels, j.sums[p*j.n:], j.squares[p*j.n:], j.x, lo, hi)
}

// frozen takes the moving statistics.
func (j *batchNormJob[T]) frozen(*Context) {
	copy(j.mean, j.movingMean)
	for k, v := range j.movingVar {
		j.inv[k] = flush(T(1 / math.Sqrt(float64(v)+j.Epsilon)))
	}
	j.setScale()
}

// statistics makes those of the batch from the sums, and moves the moving ones.
func (j *batchNormJob[T]) statistics(*Context) {
	n := float64(j.count())
	for k := range j.mean {
		exact := j.join(j.sums, j.n, k) / n
		m := flush(T(exact))
		v := flush(T(max(0, j.join(j.squares, j.n, k)/n-float64(exact*exact))))
		j.mean[k], j.inv[k] = m, flush(T(1/math.Sqrt(float64(v)+j.Epsilon)))
		j.movingMean[k] = flush(T(j.movingMean[k]*j.momentum) + T(m*j.rest))
		j.movingVar[k] = flush(T(j.movingVar[k]*j.momentum) + T(v*j.rest))
	}
	j.setScale()
}

// setScale joins the normalisation with gamma and beta: y = x·scale + shift.
func (j *batchNormJob[T]) setScale() {
	copy(j.meanOut, j.mean)
	copy(j.invOut, j.inv)
	for k := range j.scale {
		s := j.inv[k]
		if j.gamma != nil {
			s = T(s * j.gamma[k])
		}
		h := -T(j.mean[k] * s)
		if j.beta != nil {
			h += j.beta[k]
		}
		j.scale[k], j.shift[k] = s, h
	}
}

func (j *batchNormJob[T]) apply(p, _ int) {
	if j.y == nil {
		return
	}
	lo, hi := j.rows(p)
	size := j.n * j.inner
	if j.inner == 1 && is32[T]() {
		f32norm.Apply(j.isa, f32(j.y)[lo*size:hi*size], f32(j.x)[lo*size:hi*size], f32(j.scale), f32(j.shift), false)
		return
	}
	for o := lo; o < hi; o++ {
		x, y := j.x[o*size:][:size], j.y[o*size:][:size]
		for k, s := range j.scale {
			h := j.shift[k]
			out := y[k*j.inner:][:j.inner]
			for i, v := range x[k*j.inner:][:j.inner] {
				out[i] = flush(T(v*s) + h)
			}
		}
	}
}

// batchNormGradJob is the gradient bound to memory: with a = gamma/sqrt(variance+epsilon) and n
// elements in a channel, dx = a·(dy - Σdy/n - (x-mean)·Σ(dy·(x-mean))/(n·(variance+epsilon))).
type batchNormGradJob[T Float] struct {
	channels
	isa                     isa.ISA
	frozen                  bool
	statistics              bool // whether the sums are wanted
	x, mean, inv, dy, gamma []T
	dx, dgamma, dbeta       []T
	a, center, slope        []T
	sums, products          []float64
}

func batchNormGrad[T Float](d op.BatchNormGrad, b *Bound[T]) Run {
	c := newChannels(b.In[0].Shape, d.Axis)
	s := rowsOf(b.Scratch, 3, c.n)
	sums := doubles(b.Scratch[3*padded(c.n):], 2*c.parts*c.n)
	j := &batchNormGradJob[T]{
		channels: c, isa: b.ISA, frozen: d.Frozen, x: b.In[0].F, mean: b.In[1].F, inv: b.In[2].F, dy: b.In[3].F,
		dx: b.Out[0].F, dgamma: b.Out[1].F, dbeta: b.Out[2].F, a: s[0], center: s[1], slope: s[2],
		sums: sums[:c.parts*c.n], products: sums[c.parts*c.n:],
	}
	if d.Scale {
		j.gamma = b.In[4].F
	}
	j.statistics = !d.Frozen || j.dgamma != nil || j.dbeta != nil
	return runParts(b, &c, partStage{part: j.productsPart, after: j.coefficients}, partStage{part: j.inputs})
}

func (j *batchNormGradJob[T]) productsPart(p, _ int) {
	if !j.statistics {
		return
	}
	lo, hi := j.rows(p)
	productsOf(j.isa, &j.channels, j.sums[p*j.n:], j.products[p*j.n:], j.x, j.mean, j.dy, lo, hi)
}

func (j *batchNormGradJob[T]) coefficients(*Context) {
	for k := range j.a {
		inv := float64(j.inv[k])
		a := inv
		if j.gamma != nil {
			a *= float64(j.gamma[k])
		}
		j.a[k], j.center[k], j.slope[k] = flush(T(a)), 0, 0
		if !j.statistics {
			continue
		}
		sum, product := j.join(j.sums, j.n, k), j.join(j.products, j.n, k)
		if j.dgamma != nil {
			j.dgamma[k] = flush(T(product * inv))
		}
		if j.dbeta != nil {
			j.dbeta[k] = flush(T(sum))
		}
		if !j.frozen {
			n := float64(j.count())
			j.center[k] = flush(T(sum / n))
			j.slope[k] = flush(T(product / n * inv * inv))
		}
	}
}

func (j *batchNormGradJob[T]) inputs(p, _ int) {
	if j.dx == nil {
		return
	}
	lo, hi := j.rows(p)
	size := j.n * j.inner
	if j.inner == 1 && is32[T]() {
		s := f32norm.Slopes{Mean: f32(j.mean), A: f32(j.a), Center: f32(j.center), Slope: f32(j.slope)}
		lo, hi := lo*size, hi*size
		f32norm.Grad(j.isa, f32(j.dx)[lo:hi], f32(j.x)[lo:hi], f32(j.dy)[lo:hi], &s, nil)
		return
	}
	for o := lo; o < hi; o++ {
		x, dy, dx := j.x[o*size:][:size], j.dy[o*size:][:size], j.dx[o*size:][:size]
		for k, a := range j.a {
			m, center, slope := j.mean[k], j.center[k], j.slope[k]
			in, out := x[k*j.inner:][:j.inner], dx[k*j.inner:][:j.inner]
			for i, g := range dy[k*j.inner:][:j.inner] {
				out[i] = flush(a * (g - center - T((in[i]-m)*slope)))
			}
		}
	}
}
