package cpu

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/internal/kernel/f32vec"
)

var _ = register(accumulate[float32], accumulate[float64])

func accumulate[T Float](a op.Accumulate, b *Bound[T]) Run {
	sum, x := b.In[0].F, b.In[1].F
	return b.elementwise(len(sum), func(lo, hi int) {
		switch {
		case a.Clear:
			clear(sum[lo:hi])
		case is32[T]():
			f32vec.Add(b.ISA, f32(sum[lo:hi]), f32(sum[lo:hi]), f32(x[lo:hi]))
		default:
			for i := lo; i < hi; i++ {
				sum[i] += x[i]
			}
		}
	})
}
