package cpu

import "github.com/dlrun/dlrun/builder/op"

var (
	_ = register(scan[float32], scan[float64])
	_ = register(scanGrad[float32], scanGrad[float64])
)

// scan goes along the axis in float64, one task for some of the other indices.
func scan[T Float](o op.Scan, b *Bound[T]) Run {
	x, y := b.In[0].F, b.Out[0].F
	outer, n, inner := sides(b.In[0].Shape, o.Axis)
	product := o.Fn == "cumprod"
	return b.grouped(outer*inner, n, func(i, _ int) {
		at, step := i/inner*n*inner+i%inner, inner
		if o.Reverse {
			at, step = at+(n-1)*inner, -inner
		}
		acc := 0.0
		if product {
			acc = 1
		}
		for range n {
			if v := float64(x[at]); product {
				acc *= v
			} else {
				acc += v
			}
			y[at] = flush(T(acc))
			at += step
		}
	})
}

// scanGrad of a product: dx[i] is the sum over j from i on of dy[j] times the product of all but x[i]
// up to j.
func scanGrad[T Float](o op.ScanGrad, b *Bound[T]) Run {
	x, dy, dx := b.In[0].F, b.In[1].F, b.Out[0].F
	outer, n, inner := sides(b.In[0].Shape, o.Axis)
	return b.grouped(outer*inner, n*n, func(i, _ int) {
		start, step := i/inner*n*inner+i%inner, inner
		if o.Reverse {
			start, step = start+(n-1)*inner, -inner
		}
		before := 1.0
		for k := range n {
			p, sum := before, 0.0
			for j := k; j < n; j++ {
				if j > k {
					p *= float64(x[start+j*step])
				}
				sum += float64(float64(dy[start+j*step]) * p)
			}
			dx[start+k*step] = flush(T(sum))
			before *= float64(x[start+k*step])
		}
	})
}
