package cpu

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/internal/kernel/f32vec"
)

var _ = register(sgd[float32], sgd[float64])

func sgd[T Float](u op.SGD, b *Bound[T]) Run {
	w, g, mu := b.In[0].F, b.In[1].F, T(u.Momentum)
	if u.Momentum == 0 {
		return updates(b, func(lo, hi int, h []T) {
			if is32[T]() {
				f32vec.SGD(b.ISA, f32(w[lo:hi]), f32(g[lo:hi]), float32(h[0]))
				return
			}
			for i := lo; i < hi; i++ {
				w[i] -= T(h[0] * g[i])
			}
		})
	}
	m := b.In[3].F
	return updates(b, func(lo, hi int, h []T) {
		if is32[T]() {
			f32vec.Momentum(b.ISA, f32(w[lo:hi]), f32(m[lo:hi]), f32(g[lo:hi]), float32(h[0]), float32(mu), u.Nesterov)
			return
		}
		for i := lo; i < hi; i++ {
			step := T(h[0] * g[i])
			m[i] = T(mu*m[i]) - step
			if u.Nesterov {
				w[i] += T(mu*m[i]) - step
			} else {
				w[i] += m[i]
			}
		}
	})
}
