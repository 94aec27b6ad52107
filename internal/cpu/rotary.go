package cpu

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/internal/kernel/f32vec"
)

var _ = register(rotary[float32], rotary[float64])

// rotary computes the angles when it is bound: they depend on places alone. As in KerasHub they are
// products of two float32.
func rotary[T Float](d op.Rotary, b *Bound[T]) Run {
	shape := b.In[0].Shape
	half, steps := len(d.Frequencies), shape[d.Sequence]
	cos, sin := make([]T, steps*half), make([]T, steps*half)
	for p := range steps {
		for i, f := range d.Frequencies {
			angle := float64(float32(d.Start+p) * float32(f))
			cos[p*half+i] = T(float32(f32vec.Cos64(angle) * d.Factor))
			sin[p*half+i] = T(float32(f32vec.Sin64(angle) * d.Factor))
			if d.Back {
				sin[p*half+i] = -sin[p*half+i]
			}
		}
	}
	x, y := b.In[0].F, b.Out[0].F
	strides := make([]int, len(shape))
	for a, n := len(shape)-1, 1; a >= 0; a-- {
		strides[a] = n
		n *= shape[a]
	}
	step := strides[d.Features]
	rows := 0
	if half > 0 {
		rows = len(x) / (2 * half)
	}
	perTask := max(1, chunk/max(1, 2*half))
	task := func(t, _ int) {
		for r := t * perTask; r < min(rows, (t+1)*perTask); r++ {
			at, place, rest := 0, 0, r
			for a := len(shape) - 1; a >= 0; a-- {
				if a == d.Features {
					continue
				}
				k := rest % shape[a]
				rest /= shape[a]
				at += k * strides[a]
				if a == d.Sequence {
					place = k
				}
			}
			turn(y[at:], x[at:], cos[place*half:][:half], sin[place*half:][:half], step)
		}
	}
	return func(*Context) { b.For((rows+perTask-1)/perTask, task) }
}

// turn turns the pairs of one row, whose elements are step apart.
func turn[T Float](y, x, cos, sin []T, step int) {
	half := len(cos) * step
	for i, c := range cos {
		s := sin[i]
		u, v := x[i*step], x[i*step+half]
		y[i*step] = flush(T(u*c) - T(v*s))
		y[i*step+half] = flush(T(v*c) + T(u*s))
	}
}
