package cpu

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/internal/kernel/f32vec"
	"github.com/dlrun/dlrun/internal/kernel/isa"
)

var (
	_ = register(binaryKernel[float32], binaryKernel[float64])
	_ = register(binaryGrad[float32], binaryGrad[float64])
	_ = register(broadcastTo[float32], broadcastTo[float64])
)

func binaryKernel[T Float](o op.Binary, b *Bound[T]) Run {
	x, y, out := b.In[0].F, b.In[1].F, b.Out[0].F
	f := binaryRows[T](o.Fn)
	s := newStretch(b.Out[0].Shape, b.In[0].Shape, b.In[1].Shape)
	i := b.ISA
	same := make([]T, b.Workers()*sameLen) // of each worker: an element that serves a whole row, repeated
	return s.each(b.Machine, func(w, r, from, at, n int) {
		px, py, dst := s.at(0, r), s.at(1, r), out[at:at+n]
		if s.moves(0) && s.moves(1) {
			f(i, dst, x[px+from:][:n], y[py+from:][:n])
			return
		}
		c := same[w*sameLen : (w+1)*sameLen]
		if s.moves(0) {
			fill(c[:min(n, sameLen)], y[py])
			for lo := 0; lo < n; lo += sameLen {
				k := min(sameLen, n-lo)
				f(i, dst[lo:lo+k], x[px+from+lo:][:k], c[:k])
			}
			return
		}
		fill(c[:min(n, sameLen)], x[px])
		for lo := 0; lo < n; lo += sameLen {
			k := min(sameLen, n-lo)
			f(i, dst[lo:lo+k], c[:k], y[py+from+lo:][:k])
		}
	})
}

// sameLen elements are enough to make vector instructions worth while, and stay in the cache.
const sameLen = 512

func fill[E any](s []E, x E) {
	for i := range s {
		s[i] = x
	}
}

// binaryRows is the loop of a function over slices of one length.
func binaryRows[T Float](fn string) func(i isa.ISA, dst, x, y []T) {
	switch fn {
	case "add":
		return func(i isa.ISA, dst, x, y []T) {
			if is32[T]() {
				f32vec.Add(i, f32(dst), f32(x), f32(y))
				return
			}
			for k := range dst {
				dst[k] = x[k] + y[k]
			}
		}
	case "sub":
		return func(i isa.ISA, dst, x, y []T) {
			if is32[T]() {
				f32vec.Sub(i, f32(dst), f32(x), f32(y))
				return
			}
			for k := range dst {
				dst[k] = x[k] - y[k]
			}
		}
	case "mul":
		return func(i isa.ISA, dst, x, y []T) {
			if is32[T]() {
				f32vec.Mul(i, f32(dst), f32(x), f32(y))
				return
			}
			for k := range dst {
				dst[k] = x[k] * y[k]
			}
		}
	case "div":
		return func(_ isa.ISA, dst, x, y []T) {
			for k := range dst {
				dst[k] = flush(x[k] / y[k])
			}
		}
	case "max":
		return func(_ isa.ISA, dst, x, y []T) {
			for k := range dst {
				v := x[k]
				if u := y[k]; u > v || u != u {
					v = u
				}
				dst[k] = flush(v)
			}
		}
	case "min":
		return func(_ isa.ISA, dst, x, y []T) {
			for k := range dst {
				v := x[k]
				if u := y[k]; u < v || u != u {
					v = u
				}
				dst[k] = flush(v)
			}
		}
	}
	panic("cpu: op.Binary let " + fn + " pass")
}

func binaryGrad[T Float](o op.BinaryGrad, b *Bound[T]) Run {
	x, y, dy := b.In[0].F, b.In[1].F, b.In[2].F
	dx, dz := b.Out[0], b.Out[1]
	s := newStretch(b.In[2].Shape, b.In[0].Shape, b.In[1].Shape)
	less := o.Fn == "min"
	mx, my := 0, 0
	if s.moves(0) {
		mx = 1
	}
	if s.moves(1) {
		my = 1
	}
	return s.each(b.Machine, func(_, r, from, at, n int) {
		px, py := s.at(0, r)+from*mx, s.at(1, r)+from*my
		for k := range n {
			u, v, g := x[px+k*mx], y[py+k*my], dy[at+k]
			var gu, gv T
			switch {
			case u == v:
				gu, gv = g/2, g/2
			case (u < v) == less:
				gu = g
			default:
				gv = g
			}
			if !dx.Empty() {
				dx.F[at+k] = flush(gu)
			}
			if !dz.Empty() {
				dz.F[at+k] = flush(gv)
			}
		}
	})
}

func broadcastTo[T Float](_ op.BroadcastTo, b *Bound[T]) Run {
	if b.In[0].I != nil {
		return stretched(b.Machine, b.Out[0].I, b.In[0].I, b.Out[0].Shape, b.In[0].Shape)
	}
	return stretched(b.Machine, b.Out[0].F, b.In[0].F, b.Out[0].Shape, b.In[0].Shape)
}

func stretched[E any](m *Machine, out, in []E, to, from []int) Run {
	s := newStretch(to, from)
	return s.each(m, func(_, r, from, at, n int) {
		dst, p := out[at:at+n], s.at(0, r)
		if s.moves(0) {
			copy(dst, in[p+from:])
			return
		}
		fill(dst, in[p])
	})
}
