package cpu

import "github.com/dlrun/dlrun/builder/op"

var _ = register(rmsprop[float32], rmsprop[float64])

func rmsprop[T Float](u op.RMSprop, b *Bound[T]) Run {
	w, g, v := b.In[0].F, b.In[1].F, b.In[3].F
	var m, a []T
	slot := 4
	if u.Momentum > 0 {
		m = b.In[slot].F
		slot++
	}
	if u.Centered {
		a = b.In[slot].F
	}
	rho, rest, mu, eps := T(u.Rho), T(1-u.Rho), T(u.Momentum), T(u.Epsilon)
	return updates(b, func(lo, hi int, h []T) {
		for i := lo; i < hi; i++ {
			v[i] = flush(T(rho*v[i]) + T(rest*T(g[i]*g[i])))
			under := v[i]
			if a != nil {
				a[i] = flush(T(rho*a[i]) + T(rest*g[i]))
				under -= T(a[i] * a[i])
			}
			step := T(h[0]*g[i]) / root(under+eps)
			if m != nil {
				m[i] = flush(T(mu*m[i]) + step)
				step = m[i]
			}
			w[i] = flush(w[i] - step)
		}
	})
}
