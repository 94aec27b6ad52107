package cpu

import "github.com/dlrun/dlrun/builder/op"

var _ = register(adadelta[float32], adadelta[float64])

func adadelta[T Float](u op.Adadelta, b *Bound[T]) Run {
	w, g, n, d := b.In[0].F, b.In[1].F, b.In[3].F, b.In[4].F
	rho, rest, eps := T(u.Rho), T(1-u.Rho), T(u.Epsilon)
	return updates(b, func(lo, hi int, h []T) {
		for i := lo; i < hi; i++ {
			n[i] = flush(T(rho*n[i]) + T(rest*T(g[i]*g[i])))
			step := -T(root(d[i]+eps)*g[i]) / root(n[i]+eps)
			d[i] = flush(T(rho*d[i]) + T(rest*T(step*step)))
			w[i] = flush(w[i] + T(h[0]*step))
		}
	})
}
