package cpu

import "github.com/dlrun/dlrun/builder/op"

var _ = register(muon[float32], muon[float64])

func muon[T Float](u op.Muon, b *Bound[T]) Run {
	w, step, m, next := b.In[0].F, b.In[1].F, b.In[3].F, b.In[4].F
	scale := T(u.Scale)
	return updates(b, func(lo, hi int, h []T) {
		for i := lo; i < hi; i++ {
			w[i] = flush(w[i] - T(T(h[0]*step[i])*scale))
		}
		copy(m[lo:hi], next[lo:hi])
	})
}
