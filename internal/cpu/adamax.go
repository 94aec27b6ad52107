package cpu

import "github.com/dlrun/dlrun/builder/op"

var _ = register(adamax[float32], adamax[float64])

func adamax[T Float](a op.Adamax, b *Bound[T]) Run {
	w, g, m, u := b.In[0].F, b.In[1].F, b.In[3].F, b.In[4].F
	m1, beta2, eps := T(1-a.Beta1), T(a.Beta2), T(a.Epsilon)
	return updates(b, func(lo, hi int, h []T) {
		for i := lo; i < hi; i++ {
			m[i] = flush(m[i] + T((g[i]-m[i])*m1))
			u[i] = flush(max(T(beta2*u[i]), magnitude(g[i])))
			w[i] = flush(w[i] - T(h[0]*m[i])/T(h[1]*(u[i]+eps)))
		}
	})
}
