package cpu

import "github.com/dlrun/dlrun/builder/op"

var _ = register(nadam[float32], nadam[float64])

func nadam[T Float](u op.Nadam, b *Bound[T]) Run {
	w, g, m, v := b.In[0].F, b.In[1].F, b.In[3].F, b.In[4].F
	// Keras subtracts from 1 in the type of the weights here, unlike in Adam.
	m1, v1, eps := 1-T(u.Beta1), 1-T(u.Beta2), T(u.Epsilon)
	return updates(b, func(lo, hi int, h []T) {
		for i := lo; i < hi; i++ {
			m[i] = flush(m[i] + T((g[i]-m[i])*m1))
			v[i] = flush(v[i] + T((T(g[i]*g[i])-v[i])*v1))
			w[i] = flush(w[i] - (T(h[0]*m[i])+T(h[1]*g[i]))/(root(T(v[i]*h[2]))+eps))
		}
	})
}
