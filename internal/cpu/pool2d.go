package cpu

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/internal/kernel/f32pool"
)

var (
	_ = register(maxPool2D[float32], maxPool2D[float64])
	_ = register(maxPool2DGrad[float32], maxPool2DGrad[float64])
	_ = register(avgPool2D[float32], avgPool2D[float64])
	_ = register(avgPool2DGrad[float32], avgPool2DGrad[float64])
)

// poolPlan is what the shapes say of a pooling: for each row of positions of an image, its positions in pieces that have the same
// cells of the window inside the image.
type poolPlan struct {
	op.Window
	n, h, w, c int
	oh, ow     int
	before     [2]int
	rows       [][]piece
}

// piece is some neighbouring positions of a row, from the one numbered ox on.
type piece struct {
	f32pool.Row
	ox int
}

func newPoolPlan(win op.Window, x []int) poolPlan {
	for a := range win.Dilation {
		win.Dilation[a] = max(1, win.Dilation[a])
	}
	p := poolPlan{
		Window: win, n: x[0], h: x[1], w: x[2], c: x[3],
		oh: win.Out(0, x[1]), ow: win.Out(1, x[2]), before: [2]int{win.Before(0, x[1]), win.Before(1, x[2])},
	}
	known := map[[4]int][]int32{} // by the range of cells inside
	for oy := range p.oh {
		y0, y1, iy := p.inside(0, oy, p.h)
		var row []piece
		last := [2]int{-1, -1}
		for ox := range p.ow {
			x0, x1, ix := p.inside(1, ox, p.w)
			if last == [2]int{x0, x1} {
				row[len(row)-1].Count++
				continue
			}
			last = [2]int{x0, x1}
			key := [4]int{y0, y1, x0, x1}
			if known[key] == nil {
				known[key] = p.cells(key)
			}
			at := ((iy+y0*win.Dilation[0])*p.w + ix + x0*win.Dilation[1]) * p.c
			row = append(row, piece{f32pool.Row{At: at, Step: win.Strides[1] * p.c, Count: 1, Channels: p.c, Cells: known[key]}, ox})
		}
		p.rows = append(p.rows, row)
	}
	return p
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

// cells are the places of a range of the window's cells, row by row, from the first.
func (p *poolPlan) cells(r [4]int) []int32 {
	var out []int32
	for ky := range r[1] - r[0] {
		for kx := range r[3] - r[2] {
			out = append(out, int32((ky*p.Dilation[0]*p.w+kx*p.Dilation[1])*p.c))
		}
	}
	return out
}

// apart tells whether no cell is below two positions.
func (p *poolPlan) apart() bool {
	return p.Strides[0] >= p.Extent(0) && p.Strides[1] >= p.Extent(1)
}

// covers tells whether every cell is below a position, given apart.
func (p *poolPlan) covers() bool {
	return p.Strides == p.Size && p.oh*p.Strides[0]-p.before[0] >= p.h && p.ow*p.Strides[1]-p.before[1] >= p.w
}

// gradRows is how many rows of positions a task of a gradient does: those of an image, where neighbours share cells.
func (p *poolPlan) gradRows() int {
	if !p.apart() {
		return p.oh
	}
	bands := min(p.oh, max(1, 16/max(1, p.n)))
	return (p.oh + bands - 1) / bands
}

// band is the rows of an image that belong to rows of positions from oy to end-1.
func (p *poolPlan) band(oy, end int) (lo, hi int) {
	lo, hi = max(0, oy*p.Strides[0]-p.before[0]), min(p.h, max(0, end*p.Strides[0]-p.before[0]))
	if oy == 0 {
		lo = 0
	}
	if end == p.oh {
		hi = p.h
	}
	return lo, hi
}

// poolGrad returns a Run that clears dx, unless all of it is going to be set, and calls f for each piece.
func poolGrad[T Float](b *Bound[T], p *poolPlan, dx []T, f func(r *piece, image []T, positions int, add bool)) Run {
	size, rows := p.h*p.w*p.c, p.gradRows()
	bands := (p.oh + rows - 1) / rows
	add, clears := !p.apart(), !p.apart() || !p.covers()
	task := func(t, _ int) {
		image, oy := t/bands, t%bands*rows
		end := min(p.oh, oy+rows)
		to := dx[image*size:][:size]
		if clears {
			lo, hi := p.band(oy, end)
			clear(to[lo*p.w*p.c : hi*p.w*p.c])
		}
		for y := oy; y < end; y++ {
			row := p.rows[y]
			for k := range row {
				f(&row[k], to, ((image*p.oh+y)*p.ow+row[k].ox)*p.c, add)
			}
		}
	}
	return func(*Context) { b.For(p.n*bands, task) }
}

// poolRows returns a Run that calls f for each piece of each row.
func poolRows[T Float](b *Bound[T], p *poolPlan, x []T, f func(r *piece, image []T, positions int)) Run {
	size := p.h * p.w * p.c
	// A task is some rows: enough to pay for the hand-over.
	per := max(1, min(p.oh, chunk/max(1, p.ow*p.c)))
	tasks := (p.oh + per - 1) / per
	task := func(t, _ int) {
		image, oy := t/tasks, t%tasks*per
		for y := oy; y < min(p.oh, oy+per); y++ {
			row := p.rows[y]
			for k := range row {
				f(&row[k], x[image*size:][:size], ((image*p.oh+y)*p.ow+row[k].ox)*p.c)
			}
		}
	}
	return func(*Context) { b.For(p.n*tasks, task) }
}

func maxPool2D[T Float](d op.MaxPool2D, b *Bound[T]) Run {
	p := newPoolPlan(d.Window, b.In[0].Shape)
	x, y, where := b.In[0].F, b.Out[0].F, b.Out[1].I
	return poolRows(b, &p, x, func(r *piece, image []T, at int) {
		n := r.Count * r.Channels
		switch {
		case y == nil:
			largestAt(r, nil, where[at:at+n], image)
		case !is32[T]() && where == nil:
			largestAt(r, y[at:at+n], nil, image)
		case !is32[T]():
			largestAt(r, y[at:at+n], where[at:at+n], image)
		case where == nil:
			f32pool.Max(b.ISA, &r.Row, f32(y)[at:at+n], nil, f32(image))
		default:
			f32pool.Max(b.ISA, &r.Row, f32(y)[at:at+n], where[at:at+n], f32(image))
		}
	})
}

// largestAt is f32pool.Max for both types, where y or where may be nil.
func largestAt[T Float](r *piece, y []T, where []int32, image []T) {
	for p := range r.Count {
		at := r.At + p*r.Step
		for c := range r.Channels {
			best, first := image[at+c], int32(0)
			for _, k := range r.Cells[1:] {
				if v := image[at+int(k)+c]; v > best || v != v {
					best, first = v, k
				}
			}
			if y != nil {
				y[p*r.Channels+c] = best
			}
			if where != nil {
				where[p*r.Channels+c] = int32(at+c) + first
			}
		}
	}
}

func maxPool2DGrad[T Float](d op.MaxPool2DGrad, b *Bound[T]) Run {
	p := newPoolPlan(d.Window, d.X)
	where, dy := b.In[0].I, b.In[1].F
	return poolGrad(b, &p, b.Out[0].F, func(r *piece, dx []T, at int, add bool) {
		n := r.Count * r.Channels
		if is32[T]() {
			f32pool.MaxGrad(b.ISA, &r.Row, f32(dx), f32(dy)[at:at+n], where[at:at+n], add)
			return
		}
		if !add {
			eachPooled(r, func(_, cell int) { dx[cell] = 0 })
		}
		for k, w := range where[at : at+n] {
			dx[w] += dy[at+k]
		}
	})
}

// eachPooled calls f for each channel of each cell below each position, with its place in the image; out counts the channels of positions.
func eachPooled(r *piece, f func(out, cell int)) {
	for p := range r.Count {
		for _, k := range r.Cells {
			for c := range r.Channels {
				f(p*r.Channels+c, r.At+p*r.Step+int(k)+c)
			}
		}
	}
}

func avgPool2D[T Float](d op.AvgPool2D, b *Bound[T]) Run {
	p := newPoolPlan(d.Window, b.In[0].Shape)
	x, y := b.In[0].F, b.Out[0].F
	return poolRows(b, &p, x, func(r *piece, image []T, at int) {
		out := y[at : at+r.Count*r.Channels]
		if is32[T]() {
			f32pool.Mean(b.ISA, &r.Row, f32(out), f32(image))
			return
		}
		clear(out)
		eachPooled(r, func(o, cell int) { out[o] += image[cell] })
		for o := range out {
			out[o] /= T(len(r.Cells))
		}
	})
}

func avgPool2DGrad[T Float](d op.AvgPool2DGrad, b *Bound[T]) Run {
	p := newPoolPlan(d.Window, d.X)
	dy := b.In[0].F
	return poolGrad(b, &p, b.Out[0].F, func(r *piece, dx []T, at int, add bool) {
		from := dy[at : at+r.Count*r.Channels]
		if is32[T]() {
			f32pool.MeanGrad(b.ISA, &r.Row, f32(dx), f32(from), add)
			return
		}
		if !add {
			eachPooled(r, func(_, cell int) { dx[cell] = 0 })
		}
		eachPooled(r, func(o, cell int) { dx[cell] += T(from[o] / T(len(r.Cells))) })
	})
}
