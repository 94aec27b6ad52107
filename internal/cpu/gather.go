package cpu

import "github.com/dlrun/dlrun/builder/op"

var (
	_ = register(gather[float32], gather[float64])
	_ = register(gatherGrad[float32], gatherGrad[float64])
)

// outside finds the first index that is no element of an axis of n.
func outside(indices []int32, n int) error {
	for _, i := range indices {
		if int(i) >= n || int(i) < -n {
			return &op.PlaceError{Index: i, Size: n}
		}
	}
	return nil
}

// element is index i, counted from the end where it is negative.
func element(i int32, n int) int {
	if i < 0 {
		return int(i) + n
	}
	return int(i)
}

func gather[T Float](o op.Gather, b *Bound[T]) Run {
	if b.In[0].I != nil {
		return gathered(b.Machine, o, b.In[0].Shape, b.Out[0].Shape, b.Out[0].I, b.In[0].I, b.In[1].I)
	}
	return gathered(b.Machine, o, b.In[0].Shape, b.Out[0].Shape, b.Out[0].F, b.In[0].F, b.In[1].I)
}

func gathered[E any](m *Machine, o op.Gather, from, to []int, out, in []E, indices []int32) Run {
	outer, n, inner := sides(from, o.Axis)
	var run Run
	if o.Along {
		k := to[o.Axis]
		run = m.grouped(outer*k, inner, func(r, _ int) {
			base := r / k * n * inner
			for i, j := range indices[r*inner:][:inner] {
				out[r*inner+i] = in[base+element(j, n)*inner+i]
			}
		})
	} else {
		k := len(indices)
		run = m.grouped(outer*k, inner, func(r, _ int) {
			copy(out[r*inner:][:inner], in[(r/k*n+element(indices[r%k], n))*inner:])
		})
	}
	return func(c *Context) {
		if err := outside(indices, n); err != nil {
			c.Fail(err)
			return
		}
		run(c)
	}
}

// gatherBlock is how many of the elements after the axis one task adds up.
const gatherBlock = 4 << 10

// gatherGrad adds to each place of dx in the order of the indices.
func gatherGrad[T Float](o op.GatherGrad, b *Bound[T]) Run {
	indices, dy, dx := b.In[0].I, b.In[1].F, b.Out[0].F
	outer, n, inner := sides(o.Shape, o.Axis)
	k := len(indices)
	if o.Along {
		k = b.In[0].Shape[o.Axis]
	}
	blocks := (inner + gatherBlock - 1) / gatherBlock
	return b.grouped(outer*blocks, (n+k)*min(inner, gatherBlock), func(t, _ int) {
		at, lo := t/blocks, t%blocks*gatherBlock
		hi := min(inner, lo+gatherBlock)
		for i := range n {
			clear(dx[(at*n+i)*inner+lo : (at*n+i)*inner+hi])
		}
		for j := range k {
			row := dy[(at*k+j)*inner:][:inner]
			if o.Along {
				for i := lo; i < hi; i++ {
					dx[(at*n+element(indices[(at*k+j)*inner+i], n))*inner+i] += row[i]
				}
				continue
			}
			dst := dx[(at*n+element(indices[j], n))*inner:][:inner]
			for i := lo; i < hi; i++ {
				dst[i] += row[i]
			}
		}
		for i := range n {
			part := dx[(at*n+i)*inner+lo : (at*n+i)*inner+hi]
			for j, v := range part {
				part[j] = flush(v)
			}
		}
	})
}
