package cpu

import "github.com/dlrun/dlrun/builder/op"

var (
	_ = register(remember[float32], remember[float64])
	_ = register(lookahead[float32], lookahead[float64])
)

func remember[T Float](o op.Remember, b *Bound[T]) Run {
	w, keep, h, out := b.In[0].F, b.In[1].F, b.In[2].F, b.Out[0].F
	run := b.elementwise(len(w), func(lo, hi int) { copy(keep[lo:hi], w[lo:hi]) })
	return func(c *Context) {
		copy(out, h)
		if h[o.At] != 0 {
			run(c)
		}
	}
}

func lookahead[T Float](o op.Lookahead, b *Bound[T]) Run {
	w, slow, h := b.In[0].F, b.In[1].F, b.In[2].F
	run := b.elementwise(len(w), func(lo, hi int) {
		share := h[o.At]
		for i := lo; i < hi; i++ {
			slow[i] = flush(slow[i] + T(share*(w[i]-slow[i])))
			w[i] = slow[i]
		}
	})
	return func(c *Context) {
		if h[o.At] != 0 {
			run(c)
		}
	}
}
