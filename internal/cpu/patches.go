package cpu

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/internal/kernel/f32vec"
	"github.com/dlrun/dlrun/internal/kernel/isa"
)

// patches turns a convolution into products of matrices: the rows of the matrix of patches are the
// positions of the window, in the order of the output, its columns the cells below it, in the order
// of the kernel (height, width, channels of one group).
type patches struct {
	op.Window
	n, h, w, c int // input
	oh, ow     int // positions
	groups, cg int
	width      int // columns
	rows       int
	before     [2]int
	direct     bool // the input itself is the matrix: a window of one cell that visits every cell
}

func newPatches(win op.Window, x []int, groups int) patches {
	p := patches{Window: win, n: x[0], h: x[1], w: x[2], c: x[3], groups: groups}
	for a := range p.Dilation {
		p.Dilation[a] = max(1, p.Dilation[a])
	}
	p.oh, p.ow = win.Out(0, p.h), win.Out(1, p.w)
	p.cg = p.c / groups
	p.width = win.Size[0] * win.Size[1] * p.cg
	p.rows = p.n * p.oh * p.ow
	p.before = [2]int{win.Before(0, p.h), win.Before(1, p.w)}
	p.direct = win.Size == [2]int{1, 1} && win.Strides == [2]int{1, 1} && groups == 1
	return p
}

// piece is some cells of one kernel row below the window: where it lies in the input and in
// the row of patches, and how many elements it has. A negative place in the input is padding.
type piece struct{ x, col, n int }

// pieces calls f for each piece of row r for a group, in the order of the columns.
func (p *patches) pieces(r, group int, f func(s piece)) {
	ox := r % p.ow
	oy := r / p.ow % p.oh
	image := r / (p.ow * p.oh) * p.h * p.w * p.c
	iy, ix := oy*p.Strides[0]-p.before[0], ox*p.Strides[1]-p.before[1]
	row := p.Size[1] * p.cg
	// Where the cells of a kernel row are neighbours in memory they are one piece.
	joined := p.Dilation[1] == 1 && p.groups == 1
	for ky := range p.Size[0] {
		y, col := iy+ky*p.Dilation[0], ky*row
		if y < 0 || y >= p.h {
			f(piece{-1, col, row})
			continue
		}
		line := image + y*p.w*p.c + group*p.cg
		if joined {
			lo, hi := min(p.Size[1], max(0, -ix)), max(0, min(p.Size[1], p.w-ix))
			if lo > 0 {
				f(piece{-1, col, lo * p.cg})
			}
			if hi > lo {
				f(piece{line + (ix+lo)*p.c, col + lo*p.cg, (hi - lo) * p.cg})
			}
			if hi = max(hi, lo); hi < p.Size[1] {
				f(piece{-1, col + hi*p.cg, (p.Size[1] - hi) * p.cg})
			}
			continue
		}
		for kx := range p.Size[1] {
			x := ix + kx*p.Dilation[1]
			if x < 0 || x >= p.w {
				f(piece{-1, col + kx*p.cg, p.cg})
			} else {
				f(piece{line + x*p.c, col + kx*p.cg, p.cg})
			}
		}
	}
}

// gather writes rows lo to hi-1 of a group's patches to col.
func gather[T Float](p *patches, col, x []T, lo, hi, group int) {
	for r := lo; r < hi; r++ {
		row := col[(r-lo)*p.width:][:p.width]
		p.pieces(r, group, func(s piece) {
			if s.x < 0 {
				clear(row[s.col : s.col+s.n])
			} else {
				copy(row[s.col:s.col+s.n], x[s.x:])
			}
		})
	}
}

// scatter adds rows lo to hi-1 of a group's patches to the cells they came from.
func scatter[T Float](i isa.ISA, p *patches, dx, col []T, lo, hi, group int) {
	for r := lo; r < hi; r++ {
		row := col[(r-lo)*p.width:][:p.width]
		p.pieces(r, group, func(s piece) {
			if s.x >= 0 {
				addTo(i, dx[s.x:s.x+s.n], row[s.col:s.col+s.n])
			}
		})
	}
}

// addTo adds src to dst.
func addTo[T Float](i isa.ISA, dst, src []T) {
	if is32[T]() {
		f32vec.Add(i, f32(dst), f32(dst), f32(src))
		return
	}
	for k, v := range src {
		dst[k] += v
	}
}

// blockRows is how many rows of patches are made and multiplied at a time: enough to pay for the
// packing of the kernel, few enough to stay in a cache and to keep many workers busy.
func (p *patches) blockRows() int {
	most := min(4096, max(128, (128<<10)/max(1, p.width)))
	return min(most, max(64, (p.rows+15)/16))
}
