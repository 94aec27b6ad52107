package cpu

import "github.com/dlrun/dlrun/builder/op"

var _ = register(transpose[float32], transpose[float64])

func transpose[T Float](o op.Transpose, b *Bound[T]) Run {
	if b.In[0].I != nil {
		return transposed(b.Machine, b.Out[0].I, b.In[0].I, b.In[0].Shape, o.Perm)
	}
	return transposed(b.Machine, b.Out[0].F, b.In[0].F, b.In[0].Shape, o.Perm)
}

// tile is the side of the square that is moved at a time. It is turned in memory of its own: where
// sizes are powers of two, the lines of a column would drive each other out of the cache.
const tile = 32

func transposed[E any](m *Machine, out, in []E, shape, perm []int) Run {
	steps := make([]int, len(shape)) // of the input's axes
	n := 1
	for i := len(shape) - 1; i >= 0; i-- {
		steps[i] = n
		n *= shape[i]
	}
	// The output's axes and how far each goes in the input. Neighbours that stay neighbours are one.
	var size, step []int
	for _, p := range perm {
		if shape[p] == 1 {
			continue
		}
		if k := len(size) - 1; k >= 0 && step[k] == shape[p]*steps[p] {
			size[k], step[k] = size[k]*shape[p], steps[p]
			continue
		}
		size, step = append(size, shape[p]), append(step, steps[p])
	}
	if len(size) == 0 {
		size, step = []int{1}, []int{1}
	}
	last := len(size) - 1
	to := make([]int, len(size)) // how far each goes in the output
	n = 1
	for i := last; i >= 0; i-- {
		to[i] = n
		n *= size[i]
	}
	// j is the axis along which the input lies without gaps. Squares of it and the last axis are moved; the
	// others, outer, are gone through one by one.
	j := last
	for i := range size {
		if step[i] == 1 {
			j = i
		}
	}
	outer, items := []int(nil), 1
	for i := range size {
		if i != last && i != j {
			outer = append(outer, i)
			items *= size[i]
		}
	}
	place := func(k int) (from, at int) {
		for i := len(outer) - 1; i >= 0; i-- {
			a := outer[i]
			c := k % size[a]
			k /= size[a]
			from, at = from+c*step[a], at+c*to[a]
		}
		return from, at
	}
	if j == last {
		return m.grouped(items, size[last], func(k, _ int) {
			from, at := place(k)
			copy(out[at:at+size[last]], in[from:])
		})
	}
	blocks := (size[j] + tile - 1) / tile
	w, gap := size[last], step[last]
	return m.grouped(items*blocks, tile*w, func(k, _ int) {
		from, at := place(k / blocks)
		first := k % blocks * tile
		end := min(size[j], first+tile)
		var square [tile * tile]E
		for lo := 0; lo < w; lo += tile {
			hi := min(w, lo+tile)
			for i := lo; i < hi; i++ {
				for r, v := range in[from+first+i*gap : from+end+i*gap] {
					square[r*tile+i-lo] = v
				}
			}
			for r := first; r < end; r++ {
				copy(out[at+r*to[j]+lo:at+r*to[j]+hi], square[(r-first)*tile:])
			}
		}
	})
}
