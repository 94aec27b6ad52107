package cpu

import "github.com/dlrun/dlrun/builder/op"

var _ = register(adagrad[float32], adagrad[float64])

func adagrad[T Float](u op.Adagrad, b *Bound[T]) Run {
	w, g, n, eps := b.In[0].F, b.In[1].F, b.In[3].F, T(u.Epsilon)
	return updates(b, func(lo, hi int, h []T) {
		for i := lo; i < hi; i++ {
			n[i] = flush(n[i] + T(g[i]*g[i]))
			w[i] = flush(w[i] - T(h[0]*g[i])/root(n[i]+eps))
		}
	})
}
