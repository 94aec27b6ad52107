package cpu

import "github.com/dlrun/dlrun/builder/op"

var _ = register(argReduce[float32], argReduce[float64])

// sides are the elements before, along and after an axis.
func sides(shape []int, axis int) (outer, n, inner int) {
	outer, n, inner = 1, shape[axis], 1
	for i, d := range shape {
		switch {
		case i < axis:
			outer *= d
		case i > axis:
			inner *= d
		}
	}
	return outer, n, inner
}

func argReduce[T Float](o op.ArgReduce, b *Bound[T]) Run {
	x, out := b.In[0].F, b.Out[0].I
	_, n, inner := sides(b.In[0].Shape, o.Axis)
	sign := T(1)
	if o.Fn == "argmin" {
		sign = -1
	}
	return b.grouped(len(out), n, func(i, _ int) {
		at := i/inner*n*inner + i%inner
		best, where := sign*x[at], 0
		for k := 1; k < n && best == best; k++ {
			if v := sign * x[at+k*inner]; v > best || v != v {
				best, where = v, k
			}
		}
		out[i] = int32(where)
	})
}
