package cpu

import "github.com/dlrun/dlrun/builder/op"

var _ = register(notEqual[float32], notEqual[float64])

func notEqual[T Float](d op.NotEqual, b *Bound[T]) Run {
	in, out := b.In[0], b.Out[0].F
	if in.I != nil {
		return b.elementwise(len(in.I), func(lo, hi int) { differ(out[lo:hi], in.I[lo:hi], int32(d.Value)) })
	}
	return b.elementwise(len(in.F), func(lo, hi int) { differ(out[lo:hi], in.F[lo:hi], T(d.Value)) })
}

func differ[T Float, E comparable](out []T, in []E, value E) {
	for i, v := range in {
		out[i] = 0
		if v != value {
			out[i] = 1
		}
	}
}
