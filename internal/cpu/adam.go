package cpu

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/internal/kernel/f32vec"
)

var _ = register(adam[float32], adam[float64])

func adam[T Float](u op.Adam, b *Bound[T]) Run {
	w, g, hyper, m, v := b.In[0].F, b.In[1].F, b.In[2].F, b.In[3].F, b.In[4].F
	var top []T
	if u.AMSGrad {
		top = b.In[5].F
	}
	if is32[T]() {
		args := f32vec.AdamArgs{OneMinusBeta1: float32(1 - u.Beta1), OneMinusBeta2: float32(1 - u.Beta2), Epsilon: float32(u.Epsilon)}
		return b.elementwise(len(w), func(lo, hi int) {
			a := args
			a.Decay, a.Alpha = float32(hyper[0]), float32(hyper[op.Hyper0])
			f32vec.Adam(b.ISA, f32(w[lo:hi]), f32(m[lo:hi]), f32(v[lo:hi]), f32(part(top, lo, hi)), f32(g[lo:hi]), a)
		})
	}
	m1, v1, eps := T(1-u.Beta1), T(1-u.Beta2), T(u.Epsilon)
	return updates(b, func(lo, hi int, h []T) {
		for i := lo; i < hi; i++ {
			m[i] += T((g[i] - m[i]) * m1)
			v[i] += T((T(g[i]*g[i]) - v[i]) * v1)
			second := v[i]
			if top != nil {
				top[i] = max(top[i], v[i])
				second = top[i]
			}
			w[i] -= T(m[i]*h[0]) / (root(second) + eps)
		}
	})
}
