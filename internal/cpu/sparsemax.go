package cpu

import (
	"cmp"
	"slices"

	"github.com/dlrun/dlrun/builder/op"
)

var _ = register(sparsemax[float32], sparsemax[float64]).withScratch(func(o *op.Op, m *Machine) int {
	return rowScratch(o, m, o.Def.(op.Sparsemax).Axis, 1)
})

var _ = register(sparsemaxGrad[float32], sparsemaxGrad[float64]).withScratch(func(o *op.Op, m *Machine) int {
	return rowScratch(o, m, o.Def.(op.SparsemaxGrad).Axis, 2)
})

// descending is the order of the elements of a row, largest first, of equal ones the first first.
type descending[T Float] struct {
	x     []T
	order []int32
	cmp   func(a, b int32) int
}

// newDescending makes one for each worker.
func newDescending[T Float](workers, n int) []*descending[T] {
	out := make([]*descending[T], workers)
	for w := range out {
		d := &descending[T]{order: make([]int32, n)}
		d.cmp = func(a, b int32) int {
			if c := cmp.Compare(d.x[b], d.x[a]); c != 0 {
				return c
			}
			return cmp.Compare(a, b)
		}
		out[w] = d
	}
	return out
}

// threshold sorts x and returns how many elements are its support, and τ.
func (d *descending[T]) threshold(x []T) (k int, tau float64) {
	d.x = x
	for i := range d.order {
		d.order[i] = int32(i)
	}
	slices.SortFunc(d.order, d.cmp)
	c, sum := 0.0, 0.0
	for _, i := range d.order {
		z := float64(x[i])
		if !(z > (c+z-1)/float64(k+1)) {
			break
		}
		c += z
		sum += c
		k++
	}
	return k, (sum - 1) / float64(max(1, k))
}

func sparsemax[T Float](o op.Sparsemax, b *Bound[T]) Run {
	order := newDescending[T](b.Workers(), b.In[0].Shape[o.Axis])
	return alongRows(b, o.Axis, func(w int, y []T, src [2][]T) {
		_, tau := order[w].threshold(src[0])
		for i, v := range src[0] {
			y[i] = flush(T(max(float64(v)-tau, 0)))
		}
	})
}

func sparsemaxGrad[T Float](o op.SparsemaxGrad, b *Bound[T]) Run {
	order := newDescending[T](b.Workers(), b.In[0].Shape[o.Axis])
	return alongRows(b, o.Axis, func(w int, dx []T, src [2][]T) {
		x, dy := src[0], src[1]
		k, tau := order[w].threshold(x)
		sum := 0.0
		for i, v := range x {
			if g := dy[i]; float64(v) > tau {
				sum += float64(g)
				dx[i] = flush(g)
			} else {
				dx[i] = 0
			}
		}
		for j, i := range order[w].order[:k] {
			dx[i] = flush(T(float64(dx[i]) - float64(sum*(float64(k-j)/float64(k)))))
		}
	})
}
