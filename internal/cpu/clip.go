package cpu

import (
	"math"

	"github.com/dlrun/dlrun/builder/op"
)

var (
	_ = register(norm[float32], norm[float64])
	_ = register(clipNorm[float32], clipNorm[float64])
)

// norm sums squares in chunks, each in float64 in order, and then the chunks in order.
func norm[T Float](_ op.Norm, b *Bound[T]) Run {
	out := b.Out[0].F
	var parts [][]T
	for _, in := range b.In {
		for x := in.F; len(x) > 0; {
			n := min(chunk, len(x))
			parts = append(parts, x[:n])
			x = x[n:]
		}
	}
	sums := make([]float64, len(parts))
	task := func(t, _ int) {
		// Four sums side by side: one alone would wait for each addition.
		var s [4]float64
		x := parts[t]
		for ; len(x) >= 4; x = x[4:] {
			for k := range s {
				s[k] += float64(float64(x[k]) * float64(x[k]))
			}
		}
		for _, v := range x {
			s[0] += float64(float64(v) * float64(v))
		}
		sums[t] = (s[0] + s[1]) + (s[2] + s[3])
	}
	return func(*Context) {
		b.For(len(parts), task)
		total := 0.0
		for _, s := range sums {
			total += s
		}
		out[0] = flush(T(math.Sqrt(total)))
	}
}

func clipNorm[T Float](c op.ClipNorm, b *Bound[T]) Run {
	x, n, out := b.In[0].F, b.In[1].F, b.Out[0].F
	most := T(c.Max)
	return b.elementwise(len(x), func(lo, hi int) {
		norm := n[0]
		if c.Global {
			scale := T(most*min(1/norm, 1/most)) + (norm - norm)
			for i, v := range x[lo:hi] {
				out[lo+i] = flush(v * scale)
			}
			return
		}
		by := max(norm, most)
		for i, v := range x[lo:hi] {
			out[lo+i] = flush(T(v*most) / by)
		}
	})
}
