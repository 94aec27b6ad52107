package cpu

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/internal/kernel/f32vec"
)

var _ = register(ftrl[float32], ftrl[float64])

func ftrl[T Float](u op.Ftrl, b *Bound[T]) Run {
	w, g, n, z := b.In[0].F, b.In[1].F, b.In[3].F, b.In[4].F
	power := func(x T) T { return T(f32vec.Pow64(float64(x), -u.LearningRatePower)) }
	if u.LearningRatePower == -0.5 {
		power = root[T]
	}
	l1, shrinkage := T(u.L1), T(2*u.Shrinkage)
	return updates(b, func(lo, hi int, h []T) {
		lr, l2 := h[0], h[1]
		for i := lo; i < hi; i++ {
			sum := flush(n[i] + T(g[i]*g[i]))
			p := power(sum)
			z[i] = flush(z[i] + ((g[i] + T(shrinkage*w[i])) - T((p-power(n[i]))/lr*w[i])))
			n[i] = sum
			w[i] = flush((min(max(z[i], -l1), l1) - z[i]) / (p/lr + T(2*l2)))
		}
	})
}
