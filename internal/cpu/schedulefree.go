package cpu

import "github.com/dlrun/dlrun/builder/op"

var _ = register(scheduleFreeAdamW[float32], scheduleFreeAdamW[float64])

func scheduleFreeAdamW[T Float](u op.ScheduleFreeAdamW, b *Bound[T]) Run {
	w, g, hyper, z, v := b.In[0].F, b.In[1].F, b.In[2].F, b.In[3].F, b.In[4].F
	b1, v1, eps := T(u.Beta1), 1-T(u.Beta2), T(u.Epsilon)
	return b.elementwise(len(w), func(lo, hi int) {
		decay, h := hyper[0], hyper[op.Hyper0:]
		for i := lo; i < hi; i++ {
			if h[3] != 0 {
				z[i] = w[i]
			}
			y := w[i] - T(w[i]*decay)
			v[i] = flush(v[i] + T((T(g[i]*g[i])-v[i])*v1))
			next := flush(z[i] - T(h[0]*g[i])/(root(v[i]/h[1])+eps))
			x := (y - T((1-b1)*z[i])) / b1
			x = T((1-h[2])*x) + T(h[2]*next)
			z[i], w[i] = next, flush(T((1-b1)*next)+T(b1*x))
		}
	})
}
