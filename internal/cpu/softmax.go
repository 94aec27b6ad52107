package cpu

import (
	"math"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/internal/kernel/f32softmax"
	"github.com/dlrun/dlrun/internal/kernel/f32vec"
	"github.com/dlrun/dlrun/internal/kernel/isa"
)

var _ = register(softmax[float32], softmax[float64]).withScratch(func(o *op.Op, m *Machine) int {
	return rowScratch(o, m, o.Def.(op.Softmax).Axis, 1)
})

var _ = register(softmaxGrad[float32], softmaxGrad[float64]).withScratch(func(o *op.Op, m *Machine) int {
	return rowScratch(o, m, o.Def.(op.SoftmaxGrad).Axis, 2)
})

// rowScratch is memory for each worker to hold a row along axis, for each of k tensors. Rows along
// the last axis need none, as they lie without gaps.
func rowScratch(o *op.Op, m *Machine, axis, k int) int {
	if s := stripsOf(o.In[0].Shape, axis); s.stride > 1 {
		return m.Workers() * k * s.n
	}
	return 0
}

// alongRows calls f with each row along axis: dst is to be written, src, of as many rows as there
// are inputs, read. Rows with gaps are brought together first.
func alongRows[T Float](b *Bound[T], axis int, f func(worker int, dst []T, src [2][]T)) Run {
	s := stripsOf(b.In[0].Shape, axis)
	out := b.Out[0].F
	k := len(b.In)
	if s.stride == 1 {
		return b.grouped(s.count, s.n, func(r, w int) {
			var src [2][]T
			for i := range k {
				src[i] = b.In[i].F[r*s.n : (r+1)*s.n]
			}
			f(w, out[r*s.n:(r+1)*s.n], src)
		})
	}
	return b.grouped(s.count, s.n, func(r, w int) {
		mem := b.Scratch[w*k*s.n:]
		at := s.start(r)
		var src [2][]T
		for i := range k {
			src[i] = mem[i*s.n : (i+1)*s.n]
			for e := range src[i] {
				src[i][e] = b.In[i].F[at+e*s.stride]
			}
		}
		f(w, src[0], src) // every f may write over what it reads
		for e, v := range src[0] {
			out[at+e*s.stride] = v
		}
	})
}

func softmax[T Float](o op.Softmax, b *Bound[T]) Run {
	is := b.ISA
	return alongRows(b, o.Axis, func(_ int, y []T, src [2][]T) {
		if len(y) == 0 {
			return
		}
		x := src[0]
		m := rowMax(is, x)
		if o.Log {
			logSoftmaxRow(is, y, x, m)
			return
		}
		if is32[T]() {
			f32vec.Scale(is, f32(y), 1/f32softmax.ExpSum(is, f32(y), f32(x), float32(m)), f32(y))
			return
		}
		for i, v := range x {
			y[i] = v - m
		}
		expRow(is, y)
		s := sumLanes(is, y)
		for i, v := range y {
			y[i] = flush(v / s)
		}
	})
}

// logSoftmaxRow is x - m - log Σ exp(x - m).
func logSoftmaxRow[T Float](is isa.ISA, y, x []T, m T) {
	var s float64
	for _, v := range x {
		s += f32vec.Exp64(float64(v - m))
	}
	l := T(f32vec.Log64(s))
	for i, v := range x {
		y[i] = flush(v - m - l)
	}
}

func rowMax[T Float](is isa.ISA, x []T) T {
	if is32[T]() {
		return T(f32vec.MaxSlice(is, f32(x)))
	}
	m := T(math.Inf(-1))
	for _, v := range x {
		m = max(m, v)
	}
	return m
}

// expRow replaces x by eˣ.
func expRow[T Float](is isa.ISA, x []T) {
	if is32[T]() {
		f32vec.ExpSlice(is, f32(x), f32(x))
		return
	}
	for i, v := range x {
		x[i] = T(f32vec.Exp64(float64(v)))
	}
}

func dotRow[T Float](is isa.ISA, x, y []T) T {
	if is32[T]() {
		return T(f32vec.DotLanes(is, f32(x), f32(y)))
	}
	var s T
	for i, v := range x {
		s += T(v * y[i])
	}
	return s
}

func softmaxGrad[T Float](o op.SoftmaxGrad, b *Bound[T]) Run {
	is := b.ISA
	return alongRows(b, o.Axis, func(_ int, dx []T, src [2][]T) {
		y, dy := src[0], src[1]
		if o.Log {
			s := sumLanes(is, dy)
			for i, v := range y {
				dx[i] = flush(dy[i] - T(T(f32vec.Exp64(float64(v)))*s))
			}
			return
		}
		d := dotRow(is, y, dy)
		for i, v := range y {
			dx[i] = flush(v * (dy[i] - d))
		}
	})
}
