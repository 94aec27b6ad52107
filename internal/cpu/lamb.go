package cpu

import (
	"math"

	"github.com/dlrun/dlrun/builder/op"
)

var _ = register(lamb[float32], lamb[float64])

// lamb goes over the weight twice: to move the means and to sum the squares of weight and update,
// by chunks in order, and to take the step.
func lamb[T Float](u op.Lamb, b *Bound[T]) Run {
	w, g, hyper, m, v := b.In[0].F, b.In[1].F, b.In[2].F, b.In[3].F, b.In[4].F
	m1, v1, eps := T(1-u.Beta1), T(1-u.Beta2), T(u.Epsilon)
	sums := make([][2]float64, (len(w)+chunk-1)/chunk)
	step := func(i int, h []T) T { return (m[i] / h[1]) / (root(v[i]/h[2]) + eps) }
	means := updates(b, func(lo, hi int, h []T) {
		var s [2]float64
		for i := lo; i < hi; i++ {
			m[i] = flush(m[i] + T((g[i]-m[i])*m1))
			v[i] = flush(v[i] + T((T(g[i]*g[i])-v[i])*v1))
			u := float64(step(i, h))
			s[0] += float64(float64(w[i]) * float64(w[i]))
			s[1] += float64(u * u)
		}
		sums[lo/chunk] = s
	})
	var ratio T
	take := b.elementwise(len(w), func(lo, hi int) {
		h := hyper[op.Hyper0:]
		for i := lo; i < hi; i++ {
			w[i] = flush(w[i] - T(T(ratio*h[0])*step(i, h)))
		}
	})
	return func(c *Context) {
		means(c)
		ww, uu := 0.0, 0.0
		for _, s := range sums {
			ww += s[0]
			uu += s[1]
		}
		wn, un := T(math.Sqrt(ww)), T(math.Sqrt(uu))
		if ratio = 1; wn > 0 && un > 0 {
			ratio = wn / un
		}
		take(c)
	}
}
