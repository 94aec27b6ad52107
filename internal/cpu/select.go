package cpu

import "github.com/dlrun/dlrun/builder/op"

var (
	_ = register(selectKernel[float32], selectKernel[float64])
	_ = register(selectGrad[float32], selectGrad[float64])
)

func selectKernel[T Float](o op.Select, b *Bound[T]) Run {
	if b.In[0].I != nil {
		return selected(b.Machine, o, b.In[0].Shape, b.Out[0].I, b.In[0].I)
	}
	return selected(b.Machine, o, b.In[0].Shape, b.Out[0].F, b.In[0].F)
}

func selected[E any](m *Machine, o op.Select, shape []int, out, in []E) Run {
	outer, n, inner := sides(shape, o.Axis)
	k := len(o.Index)
	return m.grouped(outer*k, inner, func(r, _ int) {
		from := (r/k*n + o.Index[r%k]) * inner
		copy(out[r*inner:][:inner], in[from:])
	})
}

// selectGrad knows for each element of x where it went; there it adds up dy, in order.
func selectGrad[T Float](o op.SelectGrad, b *Bound[T]) Run {
	dy, dx := b.In[0].F, b.Out[0].F
	outer, k, inner := sides(b.In[0].Shape, o.Axis)
	went := make([][]int, o.N)
	for j, i := range o.Index {
		went[i] = append(went[i], j)
	}
	return b.grouped(outer*o.N, inner, func(r, _ int) {
		dst := dx[r*inner:][:inner]
		clear(dst)
		for _, j := range went[r%o.N] {
			for i, v := range dy[(r/o.N*k+j)*inner:][:inner] {
				dst[i] += v
			}
		}
		for i, v := range dst {
			dst[i] = flush(v)
		}
	})
}
