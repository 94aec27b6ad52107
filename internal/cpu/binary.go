package cpu

import (
	"math"

	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/internal/kernel/f32vec"
	"github.com/dlrun/dlrun/internal/kernel/isa"
)

var (
	_ = register(binaryKernel[float32], binaryKernel[float64]).rowwise(rowByRow).overwrites(anyInput)
	_ = register(binaryGrad[float32], binaryGrad[float64])
	_ = register(broadcastTo[float32], broadcastTo[float64])
)

func binaryKernel[T Float](o op.Binary, b *Bound[T]) Run {
	if b.In[0].I != nil {
		return pairs(b.Machine, newStretch(b.Out[0].Shape, b.In[0].Shape, b.In[1].Shape), b.Out[0].I, b.In[0].I, b.In[1].I, binaryInt(o.Fn))
	}
	x, y, out := b.In[0].F, b.In[1].F, b.Out[0].F
	f := binaryRows[T](o.Fn)
	s := newStretch(b.Out[0].Shape, b.In[0].Shape, b.In[1].Shape)
	i := b.ISA
	if len(x) == len(out) && len(y) == len(out) {
		return b.each(func(lo, hi int) { f(i, out[lo:hi], x[lo:hi], y[lo:hi]) })
	}
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
	f := binary64(fn)
	return func(_ isa.ISA, dst, x, y []T) {
		for k := range dst {
			dst[k] = flush(T(f(float64(x[k]), float64(y[k]))))
		}
	}
}

// binary64 is a function that has no loop of its own.
func binary64(fn string) func(x, y float64) float64 {
	switch fn {
	case "pow":
		return f32vec.Pow64
	case "mod":
		return func(x, y float64) float64 {
			m := math.Mod(x, y) // exact
			if m != 0 && (m < 0) != (y < 0) {
				m += y
			}
			return m
		}
	case "floor_divide":
		return func(x, y float64) float64 { return math.Floor(x / y) }
	case "arctan2":
		return f32vec.Atan264
	case "nextafter":
		return nextAfter
	case "gammainc":
		return func(x, y float64) float64 {
			p, _, _ := gammainc(x, y)
			return p
		}
	}
	panic("cpu: op.Binary let " + fn + " pass")
}

// binaryInt is a function of integers; what overflows wraps around, and x divided by 0 is 0.
func binaryInt(fn string) func(x, y int32) int32 {
	switch fn {
	case "add":
		return func(x, y int32) int32 { return x + y }
	case "sub":
		return func(x, y int32) int32 { return x - y }
	case "mul":
		return func(x, y int32) int32 { return x * y }
	case "max":
		return func(x, y int32) int32 { return max(x, y) }
	case "min":
		return func(x, y int32) int32 { return min(x, y) }
	case "floor_divide":
		return func(x, y int32) int32 {
			if y == 0 {
				return 0
			}
			q := x / y
			if x%y != 0 && (x < 0) != (y < 0) {
				q--
			}
			return q
		}
	case "mod":
		return func(x, y int32) int32 {
			if y == 0 {
				return 0
			}
			m := x % y
			if m != 0 && (m < 0) != (y < 0) {
				m += y
			}
			return m
		}
	case "and":
		return func(x, y int32) int32 { return x & y }
	case "or":
		return func(x, y int32) int32 { return x | y }
	case "xor":
		return func(x, y int32) int32 { return x ^ y }
	case "left":
		return func(x, y int32) int32 { return x << uint32(y) }
	case "right":
		return func(x, y int32) int32 { return x >> uint32(y) }
	case "gcd":
		return func(x, y int32) int32 {
			for y != 0 {
				x, y = y, x%y
			}
			return max(x, -x)
		}
	}
	panic("cpu: op.Binary let " + fn + " pass")
}

func binaryGrad[T Float](o op.BinaryGrad, b *Bound[T]) Run {
	x, y, dy := b.In[0].F, b.In[1].F, b.In[2].F
	dx, dz := b.Out[0], b.Out[1]
	s := newStretch(b.In[2].Shape, b.In[0].Shape, b.In[1].Shape)
	mx, my := s.stride(0), s.stride(1)
	share := shares(o.Fn)
	return s.each(b.Machine, func(_, r, from, at, n int) {
		px, py := s.at(0, r)+from*mx, s.at(1, r)+from*my
		for k := range n {
			gu, gv := share(float64(x[px+k*mx]), float64(y[py+k*my]), float64(dy[at+k]))
			if !dx.Empty() {
				dx.F[at+k] = flush(T(gu))
			}
			if !dz.Empty() {
				dz.F[at+k] = flush(T(gv))
			}
		}
	})
}

// shares is what of the gradient g of a function of u and v belongs to each.
func shares(fn string) func(u, v, g float64) (gu, gv float64) {
	switch fn {
	case "max", "min":
		less := fn == "min"
		return func(u, v, g float64) (float64, float64) {
			switch {
			case u == v:
				return g / 2, g / 2
			case (u < v) == less:
				return g, 0
			}
			return 0, g
		}
	case "pow":
		return func(u, v, g float64) (gu, gv float64) {
			if v != 0 {
				gu = g * v * f32vec.Pow64(u, v-1)
			}
			if u != 0 {
				gv = g * f32vec.Pow64(u, v) * f32vec.Log64(u)
			}
			return gu, gv
		}
	case "mod":
		return func(u, v, g float64) (float64, float64) { return g, -g * math.Floor(u/v) }
	case "floor_divide":
		return func(_, _, _ float64) (float64, float64) { return 0, 0 }
	case "nextafter":
		return func(_, _, g float64) (float64, float64) { return g, 0 }
	case "gammainc":
		return func(u, v, g float64) (float64, float64) {
			_, da, dx := gammainc(u, v)
			return float64(g * da), float64(g * dx)
		}
	case "arctan2":
		return func(u, v, g float64) (float64, float64) {
			d := float64(u*u) + float64(v*v)
			return g * v / d, -g * u / d
		}
	}
	panic("cpu: op.BinaryGrad let " + fn + " pass")
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
