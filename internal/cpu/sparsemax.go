package cpu

import (
	"slices"

	"github.com/dlrun/dlrun/builder/op"
)

var _ = register(sparsemax[float32], sparsemax[float64]).withScratch(func(o *op.Op, m *Machine) int {
	axis := o.Def.(op.Sparsemax).Axis
	return rowScratch(o, m, axis, 1) + m.Workers()*o.In[0].Shape[axis]
})

var _ = register(sparsemaxGrad[float32], sparsemaxGrad[float64]).withScratch(func(o *op.Op, m *Machine) int {
	return rowScratch(o, m, o.Def.(op.SparsemaxGrad).Axis, 2)
})

func sparsemax[T Float](o op.Sparsemax, b *Bound[T]) Run {
	n := b.In[0].Shape[o.Axis]
	sorted := b.Scratch[len(b.Scratch)-b.Workers()*n:]
	return alongRows(b, o.Axis, func(w int, y []T, src [2][]T) {
		x := src[0]
		z := sorted[w*n : (w+1)*n]
		copy(z, x)
		slices.Sort(z)
		// The k largest are the support as long as the k-th is above the τ that they would have.
		sum, tau := 0.0, 0.0
		for k := 1; k <= n; k++ {
			v := float64(z[n-k])
			if t := (sum + v - 1) / float64(k); v > t {
				sum, tau = sum+v, t
			} else {
				break
			}
		}
		for i, v := range x {
			y[i] = flush(T(max(float64(v)-tau, 0)))
		}
	})
}

func sparsemaxGrad[T Float](o op.SparsemaxGrad, b *Bound[T]) Run {
	return alongRows(b, o.Axis, func(_ int, dx []T, src [2][]T) {
		y, dy := src[0], src[1]
		sum, k := 0.0, 0
		for i, v := range y {
			if v > 0 {
				sum += float64(dy[i])
				k++
			}
		}
		mean := T(sum / float64(max(1, k)))
		for i, v := range y {
			if v > 0 {
				dx[i] = flush(dy[i] - mean)
			} else {
				dx[i] = 0
			}
		}
	})
}
