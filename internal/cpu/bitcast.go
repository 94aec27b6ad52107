package cpu

import (
	"math"

	"github.com/dlrun/dlrun/builder/op"
)

var _ = register(bitcast[float32], bitcast[float64])

func bitcast[T Float](_ op.Bitcast, b *Bound[T]) Run {
	in, out := b.In[0], b.Out[0]
	if in.I != nil {
		return b.elementwise(len(in.I), func(lo, hi int) {
			for i, v := range in.I[lo:hi] {
				out.F[lo+i] = T(math.Float32frombits(uint32(v)))
			}
		})
	}
	return b.elementwise(len(in.F), func(lo, hi int) {
		for i, v := range in.F[lo:hi] {
			out.I[lo+i] = int32(math.Float32bits(float32(v)))
		}
	})
}
