package cpu

import (
	"unsafe"

	"github.com/dlrun/dlrun/builder/op"
)

var _ = register(sortKernel[float32], sortKernel[float64]).withScratch(func(o *op.Op, m *Machine) int {
	return m.Workers() * 4 * padded(lastOf(o.In[0].Shape))
})

func lastOf(shape []int) int { return shape[len(shape)-1] }

// sortKernel merges pieces of 1, 2, 4, ... elements of a row, values and places together, to and fro
// between two parts of a worker's scratch memory.
func sortKernel[T Float](o op.Sort, b *Bound[T]) Run {
	x := b.In[0].F
	n := lastOf(b.In[0].Shape)
	own := 4 * padded(n)
	before := func(u, v T) bool { return u < v || u == u && v != v }
	if o.Descending {
		before = func(u, v T) bool { return u > v || u == u && v != v }
	}
	if n == 0 {
		return func(*Context) {}
	}
	return b.grouped(len(x)/n, n*8, func(r, w int) {
		room := b.Scratch[w*own:][:own]
		v, u := room[:n], room[padded(n):][:n]
		p, q := places(room[2*padded(n):], n), places(room[3*padded(n):], n)
		copy(v, x[r*n:])
		for i := range p {
			p[i] = int32(i)
		}
		for size := 1; size < n; size *= 2 {
			for lo := 0; lo < n; lo += 2 * size {
				i, mid, hi := lo, min(lo+size, n), min(lo+2*size, n)
				j := mid
				for k := lo; k < hi; k++ {
					if j == hi || i < mid && !before(v[j], v[i]) {
						u[k], q[k] = v[i], p[i]
						i++
					} else {
						u[k], q[k] = v[j], p[j]
						j++
					}
				}
			}
			v, u, p, q = u, v, q, p
		}
		if y := b.Out[0]; !y.Empty() {
			copy(y.F[r*n:][:n], v)
		}
		if y := b.Out[1]; !y.Empty() {
			copy(y.I[r*n:][:n], p)
		}
	})
}

// places is scratch memory as n int32.
func places[T Float](room []T, n int) []int32 {
	return unsafe.Slice((*int32)(unsafe.Pointer(unsafe.SliceData(room[:n]))), n)
}
