package cpu

import "github.com/dlrun/dlrun/builder/op"

var _ = register(rescale[float32], rescale[float64])

func rescale[T Float](o op.Rescale, b *Bound[T]) Run {
	x, y := b.In[0].F, b.Out[0].F
	n := len(o.Scale)
	scale, offset := make([]T, n), make([]T, n)
	for i := range scale {
		scale[i], offset[i] = T(o.Scale[i]), T(o.Offset[i])
	}
	return b.grouped(len(y)/max(1, n), n, func(r, _ int) {
		src, dst := x[r*n:(r+1)*n], y[r*n:(r+1)*n]
		for i, v := range src {
			dst[i] = flush(T(v*scale[i]) + offset[i])
		}
	})
}
