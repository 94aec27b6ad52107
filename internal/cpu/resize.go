package cpu

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/internal/kernel/f32vec"
	"github.com/dlrun/dlrun/internal/kernel/resample"
)

var (
	_ = register(resize[float32], resize[float64])
	_ = register(resizeGrad[float32], resizeGrad[float64])
)

// resizeTaps are the cells of n that each of the samples takes.
func resizeTaps(o op.Resize, n int) [][]resample.Tap {
	return resample.Taps(resample.Sampling{Method: o.Method, Antialias: o.Antialias, Scale: o.Scale, Shift: o.Shift}, n, o.To)
}

func resize[T Float](o op.Resize, b *Bound[T]) Run {
	return tapped(b, o.Axis, resizeTaps(o, b.In[0].Shape[o.Axis]))
}

func resizeGrad[T Float](o op.ResizeGrad, b *Bound[T]) Run {
	return tapped(b, o.Axis, resample.Back(resizeTaps(o.Resize, o.From), o.From))
}

// tapped makes each cell of the output, along an axis, the weighted sum of some of the input's.
func tapped[T Float](b *Bound[T], axis int, taps [][]resample.Tap) Run {
	x, y, shape := b.In[0].F, b.Out[0].F, b.In[0].Shape
	outer, inner := 1, 1
	for i, d := range shape {
		switch {
		case i < axis:
			outer *= d
		case i > axis:
			inner *= d
		}
	}
	from, to := shape[axis], len(taps)
	return b.grouped(outer*to, inner, func(r, _ int) {
		row, base := y[r*inner:][:inner], r/to*from
		clear(row)
		for _, t := range taps[r%to] {
			src := x[(base+t.Cell)*inner:][:inner]
			w := T(t.Weight)
			if is32[T]() {
				f32vec.Axpy(b.ISA, f32(row), float32(w), f32(src))
				continue
			}
			for k, v := range src {
				row[k] += T(w * v)
			}
		}
	})
}
