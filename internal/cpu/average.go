package cpu

import "github.com/dlrun/dlrun/builder/op"

var _ = register(average[float32], average[float64])

func average[T Float](a op.Average, b *Bound[T]) Run {
	w, mean, h := b.In[0].F, b.In[1].F, b.In[2].F
	return b.elementwise(len(w), func(lo, hi int) {
		mu, overwrite := h[a.At], h[a.At+1] != 0
		for i := lo; i < hi; i++ {
			mean[i] = flush(T(mu*mean[i]) + T((1-mu)*w[i]))
			if overwrite {
				w[i] = mean[i]
			}
		}
	})
}
