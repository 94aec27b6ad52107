package cpu

import "github.com/dlrun/dlrun/builder/op"

var _ = register(lion[float32], lion[float64])

func lion[T Float](u op.Lion, b *Bound[T]) Run {
	w, g, m := b.In[0].F, b.In[1].F, b.In[3].F
	// Keras subtracts from 1 in the type of the weights.
	b1, b2 := T(u.Beta1), T(u.Beta2)
	return updates(b, func(lo, hi int, h []T) {
		for i := lo; i < hi; i++ {
			way := T(m[i]*b1) + T(g[i]*(1-b1))
			w[i] = flush(w[i] - T(h[0]*T(sign(float64(way)))))
			m[i] = flush(T(m[i]*b2) + T(g[i]*(1-b2)))
		}
	})
}
