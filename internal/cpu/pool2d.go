package cpu

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/internal/kernel/isa"
)

var (
	_ = register(maxPool2D[float32], maxPool2D[float64])
	_ = register(maxPool2DGrad[float32], maxPool2DGrad[float64])
	_ = register(avgPool2D[float32], avgPool2D[float64])
	_ = register(avgPool2DGrad[float32], avgPool2DGrad[float64])
)

// poolPlan is what the shapes say of a pooling. A task computes one row of positions of one image,
// or, for a gradient, one image, since windows may overlap.
type poolPlan struct {
	op.Window
	n, h, w, c int
	oh, ow     int
	before     [2]int
}

func newPoolPlan(win op.Window, x []int) poolPlan {
	for a := range win.Dilation {
		win.Dilation[a] = max(1, win.Dilation[a])
	}
	return poolPlan{
		Window: win, n: x[0], h: x[1], w: x[2], c: x[3],
		oh: win.Out(0, x[1]), ow: win.Out(1, x[2]), before: [2]int{win.Before(0, x[1]), win.Before(1, x[2])},
	}
}

// inside is the range of cells of a window at position o that lie in an axis of n cells, and the
// place of cell 0 of the window.
func (p *poolPlan) inside(axis, o, n int) (first, end, at int) {
	at = o*p.Strides[axis] - p.before[axis]
	d := p.Dilation[axis]
	if at < 0 {
		first = (-at + d - 1) / d
	}
	end = min(p.Size[axis], (n-at+d-1)/d)
	return first, end, at
}

// cells calls f with the place in its image of the first channel of each cell below the window at
// (oy, ox), row by row, and returns how many there are.
func (p *poolPlan) cells(oy, ox int, f func(at int)) int {
	y0, y1, iy := p.inside(0, oy, p.h)
	x0, x1, ix := p.inside(1, ox, p.w)
	for ky := y0; ky < y1; ky++ {
		for kx := x0; kx < x1; kx++ {
			f(((iy+ky*p.Dilation[0])*p.w + ix + kx*p.Dilation[1]) * p.c)
		}
	}
	return (y1 - y0) * (x1 - x0)
}

func maxPool2D[T Float](d op.MaxPool2D, b *Bound[T]) Run {
	p := newPoolPlan(d.Window, b.In[0].Shape)
	x, y, where := b.In[0].F, b.Out[0].F, b.Out[1].I
	size := p.h * p.w * p.c
	task := func(t, _ int) {
		image, oy := t/p.oh, t%p.oh
		in := x[image*size:][:size]
		for ox := range p.ow {
			at := (t*p.ow + ox) * p.c
			first := true
			p.cells(oy, ox, func(from int) {
				switch cell := in[from : from+p.c]; {
				case where == nil:
					maxOf(y[at:at+p.c], cell, first)
				case y == nil:
					whereOf(where[at:at+p.c], in, from, first)
				default:
					maxWhere(y[at:at+p.c], where[at:at+p.c], cell, int32(from), first)
				}
				first = false
			})
		}
	}
	return func(*Context) { b.For(p.n*p.oh, task) }
}

// maxOf sets out to the larger of out and in, a NaN counting as the largest; first says that out is
// not set yet.
func maxOf[T Float](out, in []T, first bool) {
	if first {
		copy(out, in)
		return
	}
	for k, v := range in {
		if v > out[k] || v != v {
			out[k] = v
		}
	}
}

// maxWhere is maxOf that also notes the place of what it chose.
func maxWhere[T Float](out []T, where []int32, in []T, from int32, first bool) {
	where = where[:len(out)]
	in = in[:len(out)]
	if first {
		copy(out, in)
		for k := range where {
			where[k] = from + int32(k)
		}
		return
	}
	for k, v := range in {
		if v > out[k] || v != v {
			out[k], where[k] = v, from+int32(k)
		}
	}
}

// whereOf is maxWhere of the cell at from, where only the places are wanted.
func whereOf[T Float](where []int32, in []T, from int, first bool) {
	for k := range where {
		if v := in[from+k]; first || v > in[where[k]] || v != v {
			where[k] = int32(from + k)
		}
	}
}

func maxPool2DGrad[T Float](d op.MaxPool2DGrad, b *Bound[T]) Run {
	where, dy, dx := b.In[0].I, b.In[1].F, b.Out[0].F
	n := d.X[0]
	from, to := len(dy)/n, len(dx)/n
	task := func(image, _ int) {
		out := dx[image*to:][:to]
		clear(out)
		arg := where[image*from:][:from]
		for k, v := range dy[image*from:][:from] {
			out[arg[k]] += v
		}
		flushAll(out)
	}
	return func(*Context) { b.For(n, task) }
}

// flushAll flushes what sums left behind.
func flushAll[T Float](x []T) {
	if is32[T]() {
		for k, v := range x {
			x[k] = flush(v)
		}
	}
}

func avgPool2D[T Float](d op.AvgPool2D, b *Bound[T]) Run {
	p := newPoolPlan(d.Window, b.In[0].Shape)
	x, y := b.In[0].F, b.Out[0].F
	size := p.h * p.w * p.c
	task := func(t, _ int) {
		image, oy := t/p.oh, t%p.oh
		in := x[image*size:][:size]
		for ox := range p.ow {
			out := y[(t*p.ow+ox)*p.c:][:p.c]
			clear(out)
			n := p.cells(oy, ox, func(from int) { addTo(b.ISA, out, in[from:from+p.c]) })
			divide(out, out, n)
		}
	}
	return func(*Context) { b.For(p.n*p.oh, task) }
}

// divide sets dst to src / n.
func divide[T Float](dst, src []T, n int) {
	for k, v := range src {
		dst[k] = flush(v / T(n))
	}
}

func avgPool2DGrad[T Float](d op.AvgPool2DGrad, b *Bound[T]) Run {
	p := newPoolPlan(d.Window, d.X)
	dy, dx := b.In[0].F, b.Out[0].F
	size := p.h * p.w * p.c
	task := func(image, _ int) {
		out := dx[image*size:][:size]
		clear(out)
		for oy := range p.oh {
			for ox := range p.ow {
				from := dy[((image*p.oh+oy)*p.ow+ox)*p.c:][:p.c]
				y0, y1, _ := p.inside(0, oy, p.h)
				x0, x1, _ := p.inside(1, ox, p.w)
				n := (y1 - y0) * (x1 - x0)
				p.cells(oy, ox, func(at int) { addShare(b.ISA, out[at:at+p.c], from, n) })
			}
		}
	}
	return func(*Context) { b.For(p.n, task) }
}

// addShare adds src / n to dst.
func addShare[T Float](_ isa.ISA, dst, src []T, n int) {
	for k, v := range src {
		dst[k] = flush(dst[k] + T(v/T(n)))
	}
}
