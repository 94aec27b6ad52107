package cpu

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/internal/kernel/f32vec"
	"github.com/dlrun/dlrun/internal/kernel/isa"
)

var _ = register(reduce[float32], reduce[float64]).withScratch(func(o *op.Op, _ *Machine) int {
	_, n := reducePasses(o.Def.(op.Reduce), o.In[0].Shape)
	return n
})

var _ = register(reduceGrad[float32], reduceGrad[float64]).withScratch(func(o *op.Op, _ *Machine) int {
	return o.In[1].Elems()
})

// The lengths that are joined in order before a tree joins what came out. Functions of nothing, so
// that bits depend on the shape alone.
const (
	rowPiece    = 16 << 10 // elements of a row; within it f32vec.SumLanes has a tree of its own
	columnPiece = 64       // rows of a matrix whose columns are joined
	columnBlock = 4 << 10  // columns that one task joins
)

// pass joins the middle axis of [outer, n, inner]. Pieces of it are joined into parts, one after the
// other in scratch memory, and the parts by a tree into the pass's result, where there are several.
type pass struct {
	outer, n, inner int
	pieces          int
	parts, result   int // offsets in scratch; result is -1 for the output
}

// reducePasses takes the reduced axes one after the other, neighbours as one, from the last to the
// first. It returns the scratch elements needed as well.
func reducePasses(o op.Reduce, shape []int) ([]pass, int) {
	over, err := o.Over(len(shape))
	if err != nil {
		panic("cpu: op.Reduce let pass: " + err.Error())
	}
	var size []int
	var red []bool
	for i, d := range shape {
		if k := len(size) - 1; k >= 0 && red[k] == over[i] {
			size[k] *= d
		} else {
			size, red = append(size, d), append(red, over[i])
		}
	}
	product := func(s []int) int {
		n := 1
		for _, d := range s {
			n *= d
		}
		return n
	}
	var out []pass
	scratch := 0
	for k := len(size) - 1; k >= 0; k-- {
		if !red[k] {
			continue
		}
		p := pass{outer: product(size[:k]), n: size[k], inner: product(size[k+1:]), pieces: 1, result: -1}
		length := rowPiece
		if p.inner > 1 {
			length = columnPiece
		}
		if p.n > length {
			p.pieces = (p.n + length - 1) / length
			p.parts = scratch
			scratch += p.outer * p.pieces * p.inner
		}
		size[k] = 1
		out = append(out, p)
	}
	if len(out) == 0 { // nothing to reduce: each element is the sum of itself
		out = []pass{{outer: product(size), n: 1, inner: 1, pieces: 1, result: -1}}
	}
	for i := range out[:len(out)-1] {
		out[i].result = scratch
		scratch += out[i].outer * out[i].inner
	}
	return out, scratch
}

// joiner is how a reduction joins elements.
type joiner[T Float] struct {
	row  func(i isa.ISA, x []T) T       // all of a row, which is not empty
	rows func(i isa.ISA, dst, a, b []T) // element by element
	end  func(x T) T                    // of the output
}

func joinerOf[T Float](fn string, n int) joiner[T] {
	j := joiner[T]{rows: binaryRows[T]("add")}
	switch fn {
	case "max", "min":
		j.rows = binaryRows[T](fn)
		j.row = func(i isa.ISA, x []T) T {
			if is32[T]() && fn == "max" {
				return T(f32vec.MaxSlice(i, f32(x)))
			}
			y := x[0]
			for _, v := range x[1:] {
				if fn == "max" {
					y = max(y, v)
				} else {
					y = min(y, v)
				}
			}
			return flush(y)
		}
	default:
		j.row = func(i isa.ISA, x []T) T { return sumLanes(i, x) }
		if fn == "mean" {
			j.end = func(x T) T { return flush(x / T(n)) }
		}
	}
	return j
}

// sumLanes sums along 16 lanes, long float32 rows as f32vec.SumLanes.
func sumLanes[T Float](i isa.ISA, x []T) T {
	if is32[T]() && len(x) > 64 {
		return T(f32vec.SumLanes(i, f32(x)))
	}
	var l [16]T
	for len(x) >= 16 {
		for k, v := range x[:16] {
			l[k] += v
		}
		x = x[16:]
	}
	for k, v := range x {
		l[k] += v
	}
	for h := 8; h > 0; h /= 2 {
		for k := range h {
			l[k] += l[k+h]
		}
	}
	return flush(l[0])
}

func reduce[T Float](o op.Reduce, b *Bound[T]) Run {
	return reduceInto(b.Machine, o, b.In[0].Shape, b.Out[0].F, b.In[0].F, b.Scratch)
}

// reduceInto reduces src, of the given shape, to out, with as much scratch as reducePasses says.
func reduceInto[T Float](m *Machine, o op.Reduce, shape []int, out, src, scratch []T) Run {
	passes, _ := reducePasses(o, shape)
	n := 1
	if len(out) > 0 {
		n = len(src) / len(out)
	}
	j := joinerOf[T](o.Fn, n)
	var runs []Run
	for _, p := range passes {
		dst, end := out, j.end
		if p.result >= 0 {
			dst, end = scratch[p.result:][:p.outer*p.inner], nil
		}
		runs = append(runs, joinPass(m, p, j, dst, src, scratch, end))
		src = dst
	}
	if len(runs) == 1 {
		return runs[0]
	}
	return func(c *Context) {
		for _, r := range runs {
			r(c)
		}
	}
}

// joinPass is one pass as a Run. end, where there is one, is the last touch of each result.
func joinPass[T Float](m *Machine, p pass, j joiner[T], dst, src, scratch []T, end func(T) T) Run {
	if p.n == 0 {
		return func(*Context) { clear(dst) }
	}
	length := rowPiece
	if p.inner > 1 {
		length = columnPiece
	}
	to := dst
	if p.pieces > 1 {
		to = scratch[p.parts:][:p.outer*p.pieces*p.inner]
	}
	blocks := (p.inner + columnBlock - 1) / columnBlock
	isa := m.ISA
	piece := func(k, _ int) {
		lo := k % blocks * columnBlock
		at := k / blocks // of the part
		from := at / p.pieces * p.n
		i := at % p.pieces * length
		n := min(length, p.n-i)
		if p.inner == 1 {
			to[at] = j.row(isa, src[from+i:][:n])
			return
		}
		w := min(columnBlock, p.inner-lo)
		part, rows := to[at*p.inner+lo:][:w], src[(from+i)*p.inner+lo:]
		copy(part, rows)
		for r := 1; r < n; r++ {
			j.rows(isa, part, part, rows[r*p.inner:][:w])
		}
	}
	tree := func(k, _ int) {
		lo := k % blocks * columnBlock
		o := k / blocks
		w := min(columnBlock, p.inner-lo)
		row := func(i int) []T { return to[(o*p.pieces+i)*p.inner+lo:][:w] }
		for step := 1; step < p.pieces; step *= 2 {
			for i := 0; i+step < p.pieces; i += 2 * step {
				j.rows(isa, row(i), row(i), row(i+step))
			}
		}
		result := dst[o*p.inner+lo:][:w]
		copy(result, row(0))
		if end != nil {
			for i, x := range result {
				result[i] = end(x)
			}
		}
	}
	first := m.grouped(p.outer*p.pieces*blocks, min(length, p.n)*min(p.inner, columnBlock), piece)
	if p.pieces == 1 && end == nil {
		return first
	}
	second := m.grouped(p.outer*blocks, p.pieces*min(p.inner, columnBlock), tree)
	return func(c *Context) {
		first(c)
		second(c)
	}
}

// grouped returns a Run that calls f for every item in [0,n), several in one task where an item of
// about work elements is little.
func (m *Machine) grouped(n, work int, f func(item, worker int)) Run {
	group := max(1, chunk/max(1, work))
	task := func(t, w int) {
		for i := t * group; i < min(n, (t+1)*group); i++ {
			f(i, w)
		}
	}
	return func(*Context) { m.For((n+group-1)/group, task) }
}

// reduceGrad gives each of the elements that equal the result the same share. An element knows its
// result by stretching the shape of the results to x's.
func reduceGrad[T Float](o op.ReduceGrad, b *Bound[T]) Run {
	x, y, dy, dx := b.In[0].F, b.In[1].F, b.In[2].F, b.Out[0].F
	over, err := o.Over(len(b.In[0].Shape))
	if err != nil {
		panic("cpu: op.Reduce let pass: " + err.Error())
	}
	kept := append([]int(nil), b.In[0].Shape...)
	for i := range kept {
		if over[i] {
			kept[i] = 1
		}
	}
	s := newStretch(b.In[0].Shape, kept)
	row, rows := s.row(), s.rows()
	tasks := 1 // each has results of its own, so the first axis must be one that is kept
	if len(s.size) > 1 && s.step[0][0] != 0 {
		tasks = s.size[0]
	}
	step := 0
	if s.moves(0) {
		step = 1
	}
	count, per := b.Scratch, len(y)/max(1, tasks)
	return b.grouped(tasks, len(x)/max(1, tasks), func(t, _ int) {
		clear(count[t*per : (t+1)*per])
		for r := t * rows / tasks; r < (t+1)*rows/tasks; r++ {
			p := s.at(0, r)
			for k, v := range x[r*row : (r+1)*row] {
				if at := p + k*step; v == y[at] {
					count[at]++
				}
			}
		}
		for r := t * rows / tasks; r < (t+1)*rows/tasks; r++ {
			p := s.at(0, r)
			d := dx[r*row : (r+1)*row]
			for k, v := range x[r*row : (r+1)*row] {
				d[k] = 0
				if at := p + k*step; v == y[at] {
					d[k] = flush(dy[at] / count[at])
				}
			}
		}
	})
}
