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

// denseSizes are the rows of x, and the sizes of W.
func denseSizes(o *op.Op) (rows, in, units int) {
	w := o.In[1].Shape
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
	o := operands[T]{a: b.In[0].F, lda: in, b: b.In[1].F, ldb: units, c: b.Out[0].F, ldc: units, relu: d.Relu}
	if d.Bias {
		o.bias = b.In[2].F
	}
	if b.Fixed(1) {
		g.keep()
	}
	return func(*Context) { g.run(b, o, b.Scratch) }
}

func denseGradScratch(o *op.Op, m *Machine) int {
	rows, in, units := denseSizes(o)
	n := max(newGemm[float32](m.ISA, rows, in, units, false, true).scratch(m.Workers()),
		newGemm[float32](m.ISA, in, units, rows, true, false).scratch(m.Workers()))
	if o.Def.(op.DenseGrad).Relu {
		n += padded(rows * units)
	}
	return n
}

func denseGrad[T Float](d op.DenseGrad, b *Bound[T]) Run {
	rows, in, units := denseSizes(b.Op)
	x, w, dy := b.In[0].F, b.In[1].F, b.In[3].F
	dx, dw := b.Out[0], b.Out[1]
	dz, scratch := dy, b.Scratch
	mask := func(*Context) {}
	if d.Relu {
		n := rows * units
		dz, scratch = b.Scratch[:n], b.Scratch[padded(n):]
		mask = reluGrad(b, dz, b.In[2].F, dy)
	}
	toX := newGemm[T](b.ISA, rows, in, units, false, true)
	toW := newGemm[T](b.ISA, in, units, rows, true, false)
	bias := func(*Context) {}
	if d.Bias && !b.Out[2].Empty() {
		sums := newColumns[T](b.ISA, rows, units)
		bias = func(*Context) { sums.run(b, b.Out[2].F, dz, units) }
	}
	return func(c *Context) {
		mask(c)
		if !dx.Empty() {
			toX.run(b, operands[T]{a: dz, lda: units, b: w, ldb: units, c: dx.F, ldc: in}, scratch)
		}
		if !dw.Empty() {
			toW.run(b, operands[T]{a: x, lda: in, b: dz, ldb: units, c: dw.F, ldc: units}, scratch)
		}
		bias(c)
	}
}

// reluGrad returns the computation of dz = dy where y > 0, else 0.
func reluGrad[T Float](b *Bound[T], dz, y, dy []T) Run {
	return b.elementwise(len(dz), func(lo, hi int) { reluGradSlice(b.ISA, dz[lo:hi], y[lo:hi], dy[lo:hi]) })
}

func reluGradSlice[T Float](i isa.ISA, dz, y, dy []T) {
	if is32[T]() {
		f32vec.ReluGrad(i, f32(dz), f32(y), f32(dy))
		return
	}
	for i := range dz {
		dz[i] = 0
		if y[i] > 0 {
			dz[i] = dy[i]
		}
	}
}
