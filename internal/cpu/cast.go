package cpu

import (
	"math"

	"github.com/dlrun/dlrun/builder/op"
)

var _ = register(cast[float32], cast[float64])

func cast[T Float](_ op.Cast, b *Bound[T]) Run {
	in, out := b.In[0], b.Out[0]
	if in.I != nil {
		return b.elementwise(len(in.I), func(lo, hi int) {
			for i, v := range in.I[lo:hi] {
				out.F[lo+i] = T(v)
			}
		})
	}
	return b.elementwise(len(in.F), func(lo, hi int) {
		for i, v := range in.F[lo:hi] {
			out.I[lo+i] = toInt32(float64(v))
		}
	})
}

// toInt32 drops the fraction. Go leaves open what becomes of numbers that do not fit.
func toInt32(x float64) int32 {
	switch {
	case x >= math.MaxInt32:
		return math.MaxInt32
	case x <= math.MinInt32:
		return math.MinInt32
	case x != x:
		return 0
	}
	return int32(x)
}
