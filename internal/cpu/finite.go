package cpu

import "github.com/dlrun/dlrun/builder/op"

var (
	_ = register(finite[float32], finite[float64])
	_ = register(unscale[float32], unscale[float64])
)

func finite[T Float](_ op.Finite, b *Bound[T]) Run {
	out := b.Out[0].F
	var parts [][]T
	for _, in := range b.In {
		for x := in.F; len(x) > 0; {
			n := min(chunk, len(x))
			parts = append(parts, x[:n])
			x = x[n:]
		}
	}
	bad := make([]bool, len(parts))
	task := func(t, _ int) {
		var s T // what is not finite stays so in a sum of zeros
		for _, v := range parts[t] {
			s += v - v
		}
		bad[t] = s != 0
	}
	return func(c *Context) {
		b.For(len(parts), task)
		for _, isBad := range bad {
			if isBad {
				c.Fail(op.ErrNotFinite)
				return
			}
		}
		if out != nil {
			out[0] = 0
		}
	}
}

func unscale[T Float](_ op.Unscale, b *Bound[T]) Run {
	x, scale, out := b.In[0].F, b.In[1].F, b.Out[0].F
	return b.elementwise(len(x), func(lo, hi int) {
		s := scale[0]
		for i := lo; i < hi; i++ {
			out[i] = flush(x[i] / s)
		}
	})
}
