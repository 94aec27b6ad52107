package cpu

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/internal/kernel/f64matrix"
)

var (
	_ = register(decompose[float32], decompose[float64]).withScratch(func(o *op.Op, m *Machine) int {
		return m.Workers() * matrixRoom(o.In[0].Shape, o.Outs[0].Shape)
	})
	_ = register(decomposeGrad[float32], decomposeGrad[float64]).withScratch(func(o *op.Op, m *Machine) int {
		return m.Workers() * 2 * matrixRoom(o.In[0].Shape, o.In[1].Shape)
	})
	_ = register(solve[float32], solve[float64]).withScratch(func(o *op.Op, m *Machine) int {
		return m.Workers() * matrixRoom(o.In[0].Shape, o.In[1].Shape)
	})
)

// matrixRoom is scratch memory for one matrix each of two stacks, as float64.
func matrixRoom(shapes ...[]int) int {
	n := 0
	for _, s := range shapes {
		size := 1
		for _, d := range s[1:] {
			size *= d
		}
		n += 2 * padded(size)
	}
	return n
}

// double puts x into scratch memory as float64, and gives what is left of that.
func double[T Float](scratch, x []T) (d []float64, rest []T) {
	d = doubles(scratch, len(x))
	for i, v := range x {
		d[i] = float64(v)
	}
	return d, scratch[2*padded(len(x)):]
}

func store[T Float](to []T, from []float64) {
	for i, v := range from {
		to[i] = flush(T(v))
	}
}

// decompose gives each matrix to one worker.
func decompose[T Float](o op.Decompose, b *Bound[T]) Run {
	s := b.In[0].Shape
	m, n := s[1], s[2]
	size := o.Size(m, n)
	own := len(b.Scratch) / b.Workers()
	rooms := make([]f64matrix.Room, b.Workers())
	return b.grouped(s[0], m*n*min(m, n)*4, func(i, w int) {
		a, rest := double(b.Scratch[w*own:][:own], b.In[0].F[i*m*n:][:m*n])
		y := doubles(rest, size)
		r := &rooms[w]
		switch o.Fn {
		case "cholesky":
			r.Cholesky(a, y, m)
		case "lu":
			r.LU(a, y, m)
		case "qr":
			q := min(m, n)
			if o.Full {
				q = m
			}
			r.QR(a, y, m, n, q)
		case "eigh":
			r.Eigh(a, y, m)
		case "svd":
			r.SVD(a, y, m, n, o.Full)
		case "pinv":
			r.PseudoInverse(a, y, m, n, o.Rcond)
		}
		store(b.Out[0].F[i*size:][:size], y)
	})
}

func decomposeGrad[T Float](o op.DecomposeGrad, b *Bound[T]) Run {
	s := b.In[0].Shape
	m, n := s[1], s[2]
	size := o.Size(m, n)
	own := len(b.Scratch) / b.Workers()
	rooms := make([]f64matrix.Room, b.Workers())
	return b.grouped(s[0], m*n*min(m, n)*8, func(i, w int) {
		a, rest := double(b.Scratch[w*own:][:own], b.In[0].F[i*m*n:][:m*n])
		y, rest := double(rest, b.In[1].F[i*size:][:size])
		dy, rest := double(rest, b.In[2].F[i*size:][:size])
		da := doubles(rest, m*n)
		r := &rooms[w]
		switch o.Fn {
		case "cholesky":
			r.CholeskyGrad(y, dy, da, m)
		case "lu":
			r.LUGrad(y, dy, da, m)
		case "qr":
			r.QRGrad(a, y, dy, da, m, n)
		case "eigh":
			r.EighGrad(y, dy, da, m)
		case "svd":
			r.SVDGrad(y, dy, da, m, n)
		case "pinv":
			r.PseudoInverseGrad(a, y, dy, da, m, n)
		}
		store(b.Out[0].F[i*m*n:][:m*n], da)
	})
}

func solve[T Float](o op.Solve, b *Bound[T]) Run {
	n, k := b.In[1].Shape[1], b.In[1].Shape[2]
	own := len(b.Scratch) / b.Workers()
	rooms := make([]f64matrix.Room, b.Workers())
	return b.grouped(b.In[1].Shape[0], n*n*(n+k), func(i, w int) {
		a, rest := double(b.Scratch[w*own:][:own], b.In[0].F[i*n*n:][:n*n])
		x, _ := double(rest, b.In[1].F[i*n*k:][:n*k])
		if o.Triangle == "" {
			rooms[w].Solve(a, x, n, k, o.TransA)
		} else {
			f64matrix.SolveTriangular(a, x, n, k, o.Triangle == "lower", o.TransA, false)
		}
		store(b.Out[0].F[i*n*k:][:n*k], x)
	})
}
