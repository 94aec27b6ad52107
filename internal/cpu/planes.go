package cpu

import (
	"github.com/dlrun/dlrun/builder/op"
	"github.com/dlrun/dlrun/internal/kernel/f32vec"
	"github.com/dlrun/dlrun/internal/kernel/isa"
)

var (
	_ = register(planes[float32], planes[float64])
	_ = register(planesGrad[float32], planesGrad[float64])
)

// lined are the sizes of an op.Planes: a line has cells, a cell groups, and a group of x some channels.
type lined struct {
	depth, height, cells, channels int
	line                           int // elements of a line of x
}

func linesOf(o op.Planes, x []int) lined {
	return lined{depth: x[1], height: x[2], cells: x[3] * o.Groups, channels: x[4] / o.Groups, line: x[3] * x[4]}
}

// planes copies line by line: the cells of a line of an image from a line of each plane.
func planes[T Float](o op.Planes, b *Bound[T]) Run {
	x, y, l := b.In[0].F, b.Out[0].F, linesOf(o, b.In[0].Shape)
	beside := moved{dst: o.Size * l.channels, src: l.channels}
	n := b.In[0].Shape[0] * o.Positions * l.height
	return b.grouped(n, o.Size*l.line, func(r, _ int) {
		i, p, row := r/l.height/o.Positions, r/l.height%o.Positions, r%l.height
		dst := y[r*o.Size*l.line:][:o.Size*l.line]
		for t := range o.Size {
			d, ok := o.Plane(p, t, l.depth)
			if !ok {
				for k := range l.cells {
					clear(dst[(k*o.Size+t)*l.channels:][:l.channels])
				}
				continue
			}
			moveRuns(dst[t*l.channels:], x[((i*l.depth+d)*l.height+row)*l.line:], l.cells, l.channels, beside)
		}
	})
}

// planesGrad adds line by line: a line of a plane is the sum of its places in the images that have it.
func planesGrad[T Float](o op.PlanesGrad, b *Bound[T]) Run {
	dy, dx, l := b.In[0].F, b.Out[0].F, linesOf(o.Planes, b.Out[0].Shape)
	apart := moved{dst: l.channels, src: o.Size * l.channels}
	n := b.Out[0].Shape[0] * l.depth * l.height
	return b.grouped(n, o.Size*l.line, func(r, _ int) {
		i, d, row := r/l.height/l.depth, r/l.height%l.depth, r%l.height
		dst, first := dx[r*l.line:][:l.line], true
		for t := range o.Size {
			p := (d + o.Before - t*o.Gap) / o.Stride
			if at, ok := o.Plane(p, t, l.depth); !ok || at != d || p < 0 || p >= o.Positions {
				continue
			}
			src := dy[((i*o.Positions+p)*l.height+row)*o.Size*l.line+t*l.channels:]
			if first {
				moveRuns(dst, src, l.cells, l.channels, apart)
				first = false
				continue
			}
			addRuns(b.ISA, dst, src, l.cells, l.channels, apart)
		}
		if first {
			clear(dst)
		}
	})
}

// addRuns adds n runs, as moveRuns copies them.
func addRuns[T Float](i isa.ISA, dst, src []T, n, run int, by moved) {
	if is32[T]() && run > fewElements {
		to, from := f32(dst), f32(src)
		for k := range n {
			d := to[k*by.dst:][:run]
			f32vec.Add(i, d, d, from[k*by.src:][:run])
		}
		return
	}
	for k := range n {
		d, s := dst[k*by.dst:][:run], src[k*by.src:][:run]
		for j, v := range s {
			d[j] = flush(d[j] + v)
		}
	}
}
