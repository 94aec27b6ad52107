package f32conv2d

import (
	"github.com/dlrun/dlrun/internal/kernel/f32vec"
	"github.com/dlrun/dlrun/internal/kernel/isa"
)

// view is how positions look at images [n, h, w, c]: rows by cols positions for each image, stepY and stepX cells apart, the
// first with its window's first cell at (y0, x0), each over a window of extY by extX cells.
type view struct {
	n, h, w, c   int
	rows, cols   int
	stepY, stepX int
	y0, x0       int
	extY, extX   int
}

// inside tells whether no window reaches beyond the edge.
func (v *view) inside() bool {
	return v.y0 >= 0 && v.x0 >= 0 && v.y0+v.height(v.rows) <= v.h && v.x0+v.width(v.cols) <= v.w
}

// height is how many rows of an image are below that many rows of positions; width likewise.
func (v *view) height(rows int) int { return (rows-1)*v.stepY + v.extY }
func (v *view) width(cols int) int  { return (cols-1)*v.stepX + v.extX }

// box is a block of positions: of some images; or of some rows of one; or of some columns of one row.
type box struct{ n, y, x, images, rows, cols int }

func (b *box) positions() int { return b.images * b.rows * b.cols }

// boxes cuts all positions into boxes of one size; the last along each axis may be smaller.
type boxes struct {
	n, h, w int
	full    box
}

func (b *boxes) count() int {
	return ceilDiv(b.n, b.full.images) * ceilDiv(b.h, b.full.rows) * ceilDiv(b.w, b.full.cols)
}

// at is box i.
func (b *boxes) at(i int) box {
	f := &b.full
	nw, nh := ceilDiv(b.w, f.cols), ceilDiv(b.h, f.rows)
	n, y, x := i/(nw*nh)*f.images, i/nw%nh*f.rows, i%nw*f.cols
	return box{n, y, x, min(f.images, b.n-n), min(f.rows, b.h-y), min(f.cols, b.w-x)}
}

// images are the boxes of images lo to hi-1 of a batch, which begin at image n and column x. All images may be one row of positions.
func (b *boxes) images(batch, lo, hi int) (part boxes, n, x int) {
	if b.n != batch {
		each := b.w / batch
		return boxes{1, 1, (hi - lo) * each, b.full}, 0, lo * each
	}
	return boxes{hi - lo, b.h, b.w, b.full}, lo, 0
}

const (
	// boxFloats bounds the input below a box: a part of a small second-level cache.
	boxFloats = 48 << 10
	// enough positions make up for packing a kernel, and for reading it; less than few do not.
	enough, few = 256, 48
	// wantTasks is how many tasks there should be at least.
	wantTasks = 16
)

// cut chooses boxes of at most most positions.
func (v *view) cut(most int) boxes {
	b := boxes{n: v.n, h: v.rows, w: v.cols}
	below := func(rows, cols int) int { return v.height(rows) * v.width(cols) * v.c }
	f := box{images: 1, rows: v.rows, cols: v.cols}
	fits := func(rows, cols int) bool { return rows*cols <= most && below(rows, cols) <= boxFloats }
	switch {
	case fits(f.rows, f.cols):
		for most := min(enough/(f.rows*f.cols), boxFloats/below(f.rows, f.cols), ceilDiv(v.n, wantTasks)); 2*f.images <= most; {
			f.images *= 2
		}
	case fits(1, f.cols):
		for !fits(f.rows, f.cols) {
			f.rows = ceilDiv(f.rows, 2)
		}
	default:
		f.rows = 1
		for f.cols > few && !fits(1, f.cols) {
			f.cols = ceilDiv(f.cols, 2)
		}
	}
	b.full = f
	for b.count() < wantTasks && f.images == 1 {
		if f.rows > 1 && f.rows*f.cols >= 2*few {
			f.rows = ceilDiv(f.rows, 2)
		} else if f.rows == 1 && f.cols >= 2*few {
			f.cols = ceilDiv(f.cols, 2)
		} else {
			break
		}
		b.full = f
	}
	return b
}

// window is the input below a box: the images themselves or a copy with zeros beyond their edges. line and image are the distances of
// rows and images.
type window struct {
	view
	direct      bool
	line, image int
}

// newWindow is for boxes of that size. copied asks for a copy in any case.
func newWindow(v view, full box, copied bool) window {
	w := window{view: v, direct: v.inside() && !copied}
	if w.direct {
		w.line, w.image = v.w*v.c, v.h*v.w*v.c
		return w
	}
	w.line = v.width(full.cols) * v.c
	w.image = v.height(full.rows) * w.line
	return w
}

// floats is the memory that a copy takes.
func (w *window) floats(full box) int {
	if w.direct {
		return 0
	}
	return pad16(full.images * w.image)
}

// offset is where the window of a position of a box begins.
func (w *window) offset(image, row, col int) int {
	return image*w.image + row*w.stepY*w.line + col*w.stepX*w.c
}

// of returns the input below b: of x where it is, or copied to buf. With y, what is copied is x behind ReLU: where y > 0.
func (w *window) of(i isa.ISA, b *box, x, y, buf []float32) []float32 {
	top, left := b.y*w.stepY+w.y0, b.x*w.stepX+w.x0
	if w.direct {
		return x[((b.n*w.h+top)*w.w+left)*w.c:]
	}
	cols := w.width(b.cols)
	lo, hi := min(cols, max(0, -left)), max(0, min(cols, w.w-left))
	hi = max(lo, hi)
	for k := range b.images {
		for r := range w.height(b.rows) {
			to := buf[k*w.image+r*w.line:][:cols*w.c]
			if top+r < 0 || top+r >= w.h || lo == hi {
				clear(to)
				continue
			}
			from := (((b.n+k)*w.h+top+r)*w.w + left + lo) * w.c
			n := (hi - lo) * w.c
			clear(to[:lo*w.c])
			clear(to[hi*w.c:])
			if y == nil {
				copy(to[lo*w.c:hi*w.c], x[from:from+n])
			} else {
				f32vec.ReluGrad(i, to[lo*w.c:hi*w.c], y[from:from+n], x[from:from+n])
			}
		}
	}
	return buf
}
