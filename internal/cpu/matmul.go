package cpu

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/internal/kernel/isa"
	"github.com/dlrun/dlrun/internal/kernel/par"
)

var _ = register(matMul[float32], matMul[float64]).withScratch(func(o *op.Op, m *Machine) int {
	return m.Workers() * padded(matMulGemm[float32](o, m.ISA).scratch(1))
})

func matMulGemm[T Float](o *op.Op, i isa.ISA) *gemm[T] {
	d := o.Def.(op.MatMul)
	m, n, k := d.Sizes(o.In[0].Shape, o.In[1].Shape)
	return newGemm[T](i, m, n, k, d.TransA, d.TransB)
}

// matMul gives each product to one worker.
func matMul[T Float](_ op.MatMul, b *Bound[T]) Run {
	as, bs := b.In[0].Shape, b.In[1].Shape
	sizeA, sizeB, sizeC := as[1]*as[2], bs[1]*bs[2], b.Out[0].Shape[1]*b.Out[0].Shape[2]
	products := make([]*gemm[T], b.Workers())
	for w := range products {
		products[w] = matMulGemm[T](b.Op, b.ISA)
	}
	own := len(b.Scratch) / b.Workers()
	x, y, out := b.In[0].F, b.In[1].F, b.Out[0].F
	return b.grouped(as[0], sizeC, func(i, worker int) {
		products[worker].run(par.Serial{}, operands[T]{
			a: x[i*sizeA:][:sizeA], lda: as[2], b: y[i*sizeB:][:sizeB], ldb: bs[2], c: out[i*sizeC:][:sizeC], ldc: b.Out[0].Shape[2],
		}, b.Scratch[worker*own:][:own])
	})
}
