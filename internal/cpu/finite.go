package cpu

import (
	"errors"

	"github.com/dlrun/dlrun/builder/op"
)

var (
	_ = register(finite[float32], finite[float64])
	_ = register(unscale[float32], unscale[float64])
)

// ErrNotFinite ends a step whose gradients are not finite, where the optimizer passes such steps over: no weight
// has changed, what the layers keep of their own has.
var ErrNotFinite = errors.New("a gradient is not finite")

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
				c.Fail(ErrNotFinite)
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
