package cpu

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/internal/kernel/f32vec"
	"github.com/dlrun/dlrun/internal/kernel/isa"
)

var (
	_ = register(dense[float32], dense[float64]).withScratch(denseScratch)
	_ = register(denseGrad[float32], denseGrad[float64]).withScratch(denseGradScratch)
)

// denseSizes are the rows of x, and the sizes of W, which are the last two of a convolution that is a dense layer.
func denseSizes(o *op.Op) (rows, in, units int) {
	w := o.In[1].Shape
	w = w[len(w)-2:]
	return o.In[0].Elems() / max(1, w[0]), w[0], w[1]
}

// denseScratch is for float32; in float64 products need none.
func denseScratch(o *op.Op, m *Machine) int {
	rows, in, units := denseSizes(o)
	return newGemm[float32](m.ISA, rows, units, in, false, false).scratch(m.Workers())
}

func dense[T Float](d op.Dense, b *Bound[T]) Run {
	rows, in, units := denseSizes(b.Op)
	g := newGemm[T](b.ISA, rows, units, in, false, false)
	y := b.Out[0].F
	o := operands[T]{a: b.In[0].F, lda: in, b: b.In[1].F, ldb: units, c: y, ldc: units, relu: d.Relu}
	if d.Bias {
		o.bias = b.In[2].F
	}
	if b.Fixed(1) {
		g.keep()
	}
	if d.Then != nil && !b.Out[1].Empty() {
		z := b.Out[1].F
		if b.Out[0].Empty() {
			o.c = z
		}
		if d.Slope && !b.Out[0].Empty() {
			f := bothOf[T](b.ISA, *d.Then)
			o.after = inRows(units, func(lo, hi int) { f(z[lo:hi], y[lo:hi], y[lo:hi]) })
		} else {
			f, sum := valueOf[T](b.ISA, *d.Then), o.c
			o.after = inRows(units, func(lo, hi int) { f(z[lo:hi], sum[lo:hi]) })
		}
	}
	if d.Dropped == nil {
		return func(*Context) { g.run(b, o, b.Scratch) }
	}
	drop := newDropping[T](b.ISA, *d.Dropped)
	o.after = inRows(units, func(lo, hi int) { drop.apply(y[lo:hi], y[lo:hi], lo) })
	return func(c *Context) {
		drop.begin(c)
		g.run(b, o, b.Scratch)
	}
}

// inRows returns a function that calls f for the elements of a part of a matrix with that many columns, from lo to hi-1, as few times as
// possible.
func inRows(cols int, f func(lo, hi int)) func(row0, row1, col0, col1 int) {
	return func(row0, row1, col0, col1 int) {
		if col0 == 0 && col1 == cols {
			f(row0*cols, row1*cols)
			return
		}
		for r := row0; r < row1; r++ {
			f(r*cols+col0, r*cols+col1)
		}
	}
}

// denseGradScratch is the memory of both products, which run together, and of the gradient of what they get.
func denseGradScratch(o *op.Op, m *Machine) int {
	rows, in, units := denseSizes(o)
	n := padded(newGemm[float32](m.ISA, rows, in, units, false, true).scratch(m.Workers())) +
		newGemm[float32](m.ISA, in, units, rows, true, false).scratch(m.Workers())
	if ends(o.Def.(op.DenseGrad)) {
		n += padded(rows * units)
	}
	return n
}

// ends tells whether the layer ends with ReLU or dropout, and dy is not yet the gradient of the sum before ReLU and dropout.
func ends(d op.DenseGrad) bool { return !d.Ready && (d.Relu || d.Dropped != nil) }

// denseGradJob is the op bound to memory.
type denseGradJob[T Float] struct {
	*Bound[T]
	dz       []T // of the sum before ReLU and dropout
	toX, toW *gemm[T]
	sums     *columns[T] // nil without a bias
	products products
	x, w     operands[T]
	scratch  [2][]T // of toX and toW
}

func denseGrad[T Float](d op.DenseGrad, b *Bound[T]) Run {
	rows, in, units := denseSizes(b.Op)
	j := &denseGradJob[T]{Bound: b, products: newProducts()}
	scratch := b.Scratch
	take := func(n int) []T {
		part := scratch[:n]
		scratch = scratch[min(padded(n), len(scratch)):]
		return part
	}
	j.dz = b.In[3].F
	mask := func(*Context) {}
	if ends(d) {
		j.dz = take(rows * units)
		mask = denseMask(d, b, j.dz)
	}
	j.toX = newGemm[T](b.ISA, rows, in, units, false, true)
	j.toW = newGemm[T](b.ISA, in, units, rows, true, false)
	j.scratch[0] = take(j.toX.scratch(b.Workers()))
	j.scratch[1] = take(j.toW.scratch(b.Workers()))
	j.x = operands[T]{a: j.dz, lda: units, b: b.In[1].F, ldb: units, c: b.Out[0].F, ldc: in}
	j.w = operands[T]{a: b.In[0].F, lda: in, b: j.dz, ldb: units, c: b.Out[1].F, ldc: units}
	dx := b.Out[0].F
	switch {
	case d.Below != nil:
		f, x := rectifiedGrad[T](j.ISA, *d.Below), b.In[0].F
		j.x.after = inRows(in, func(lo, hi int) { f(dx[lo:hi], x[lo:hi], dx[lo:hi]) })
	case d.Sloped:
		slope := b.In[4].F
		j.x.after = inRows(in, func(lo, hi int) { mulSlice(j.ISA, dx[lo:hi], dx[lo:hi], slope[lo:hi]) })
	case d.Behind != nil:
		f := slopeOf[T](j.ISA, *d.Behind)
		x, y := savedBy(*d.Behind, b.In[4:])
		j.x.after = inRows(in, func(lo, hi int) { f(dx[lo:hi], part(x, lo, hi), part(y, lo, hi), dx[lo:hi]) })
	}
	if d.Bias && !b.Out[2].Empty() {
		j.sums = newColumns[T](b.ISA, rows, units)
	}
	run := j.inTurn
	if j.toX.single() && j.toW.single() {
		run = j.together
	}
	return func(c *Context) { mask(c); run() }
}

// together computes all gradients at the same time, those with the larger tasks first, so that the workers end together.
func (j *denseGradJob[T]) together() {
	if !j.Out[1].Empty() {
		addProduct(j.products, j.Workers(), j.toW, j.w, j.scratch[1])
	}
	if !j.Out[0].Empty() {
		addProduct(j.products, j.Workers(), j.toX, j.x, j.scratch[0])
	}
	if j.sums != nil {
		j.products.tasks.add(j.sums.plan.Bind(f32(j.Out[2].F), f32(j.dz), j.sums.cols, false), j.sums.sum)
	}
	j.products.run(j)
}

// inTurn computes one gradient after the other.
func (j *denseGradJob[T]) inTurn() {
	if !j.Out[0].Empty() {
		j.toX.run(j, j.x, j.scratch[0])
	}
	if !j.Out[1].Empty() {
		j.toW.run(j, j.w, j.scratch[1])
	}
	if j.sums != nil {
		j.sums.run(j, j.Out[2].F, j.dz, j.sums.cols)
	}
}

// denseMask returns the computation of dz from dy.
func denseMask[T Float](d op.DenseGrad, b *Bound[T], dz []T) Run {
	y, dy := b.In[2].F, b.In[3].F
	if !d.Relu {
		drop := newDropping[T](b.ISA, *d.Dropped)
		run := b.elementwise(len(dz), func(lo, hi int) { drop.apply(dz[lo:hi], dy[lo:hi], lo) })
		return func(c *Context) { drop.begin(c); run(c) }
	}
	grad := rectifiedGrad[T](b.ISA, d.Dense)
	return b.elementwise(len(dz), func(lo, hi int) { grad(dz[lo:hi], y[lo:hi], dy[lo:hi]) })
}

// rectifiedGrad returns the function that sets dz, which may be dy, to the gradient before ReLU and dropout of a layer with ReLU, whose
// output is y: what dropout left is what is above 0.
func rectifiedGrad[T Float](i isa.ISA, d op.Dense) func(dz, y, dy []T) {
	if d.Dropped == nil {
		return func(dz, y, dy []T) { reluGradSlice(i, dz, y, dy) }
	}
	factor := newDropping[T](i, *d.Dropped).factor
	return func(dz, y, dy []T) {
		if is32[T]() {
			f32vec.ScaledReluGrad(i, f32(dz), f32(y), f32(dy), factor)
			return
		}
		for k, v := range dy {
			if !(y[k] > 0) {
				v = 0
			}
			dz[k] = v * T(factor)
		}
	}
}

// reluGrad returns the computation of dz = dy where y > 0, else 0.
func reluGrad[T Float](b *Bound[T], dz, y, dy []T) Run {
	return b.elementwise(len(dz), func(lo, hi int) { reluGradSlice(b.ISA, dz[lo:hi], y[lo:hi], dy[lo:hi]) })
}

// mulSlice sets z, which may be x or y, to x·y.
func mulSlice[T Float](i isa.ISA, z, x, y []T) {
	if is32[T]() {
		f32vec.Mul(i, f32(z), f32(x), f32(y))
		return
	}
	for k, v := range x {
		z[k] = v * y[k]
	}
}

func reluGradSlice[T Float](i isa.ISA, dz, y, dy []T) {
	if is32[T]() {
		f32vec.ReluGrad(i, f32(dz), f32(y), f32(dy))
		return
	}
	for i, v := range dy {
		if !(y[i] > 0) {
			v = 0
		}
		dz[i] = v
	}
}
