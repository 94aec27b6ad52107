// Package f32conv2d convolves float32 images, and makes the gradients of that, without a matrix of patches in memory: the micro-kernels
// read the images where they are, or, where the window reaches beyond the edge, from a copy of a few rows with zeros around them.
// Windows of 3 by 3 go through the transforms of package f32winograd where that takes less time.
//
// Images are [n, height, width, channels], a kernel is [height, width, channels of a group, filters], as in op.Conv2D.
//
// # Numerics
//
// The result has the same bits on every instruction set, for any number of workers, and wherever the operands lie in memory.
// There is one scheme for the output y and the input's gradient dx. Each element is a sum of products over k, where k counts
// the cells of the window and, within a cell, the channels of the group (for dx: the filters of the group, and the cells in
// falling order). k is cut into equal blocks (blockLen; where each filter has a channel of its own, into one), and
//
//	s = 0; for each k of block p, ascending:  s = fma(input, weight, s)     one rounding to float32 each
//	c = s                          of the first block
//	c = flush(c) + s               of each later block, in order
//	c = max(c + bias, 0)           where there is a bias, and ReLU is asked for; a NaN stays a NaN
//	y = flush(c)
//
// where flush is f32vec.Flush. A cell beyond the edge counts as zero. With strides, an element of dx sums over those cells of the window that
// ever meet it; one that meets none is zero.
//
// Where the window is 3 by 3, steps by single cells, and there are enough channels and positions (winogradFits; fewer do for a kernel that is kept),
// y and dx are made by the transforms of package f32winograd instead: each product is a sum over the channels, in blocks of at most winogradDepth,
//
//	s = 0; for each channel of block p, ascending:  s = fma(input's transform, kernel's transform, s)
//	c = s                          of the first block
//	c = c + s                      of each later block, in order
//
// and dw likewise: the sums run over the tiles of a box, c = c + s over the boxes of a part, and the parts are added in order, flushed.
//
// Small groups are joined (bundlesOf): a filter's sums then run over the channels of its neighbours too, times zero, which changes nothing
// unless one of those is infinite or no number.
//
// An element of the kernel's gradient dw, and of the bias's, db, is a sum over all positions of all images. They are cut into boxes
// (of some images, or rows of one, or columns of one row), and these into parts; both follow from the shape alone:
//
//	s = 0; for each position of the box, row by row:  s = fma(input, dz, s)     for db the input is 1
//	part = flush(s)                of its first box
//	part = flush(part + s)         of each later box, in order
//	dw = the parts, added in order, each sum flushed
//
// # Words
//
// A position is a place of the window, and so of an output. A run is a stretch of neighbouring elements below a window: a row of it, or a cell.
// dz is dy behind ReLU: dy where y > 0, else 0. A slide kernel computes y and dx, an outer kernel dw.
package f32conv2d

import (
	"fmt"

	"github.com/dlrun/dlrun/internal/kernel/isa"
)

// Shape is a convolution of x [N, H, W, C] and a kernel [KH, KW, C/Groups, F] to y [N, OH, OW, F]. The window's cells are
// DilationH and DilationW apart; position (0, 0) has its first cell Top rows above and Left columns before the input's first.
type Shape struct {
	N, H, W, C           int
	KH, KW, F            int
	StrideH, StrideW     int
	DilationH, DilationW int
	Top, Left            int
	OH, OW               int
	Groups               int
}

// check panics if s is not a convolution, or this machine has not got i.
func (s *Shape) check(i isa.ISA) {
	least := min(s.H, s.W, s.C, s.KH, s.KW, s.F, s.StrideH, s.StrideW, s.DilationH, s.DilationW, s.OH, s.OW, s.Groups)
	if least < 1 || min(s.N, s.Top, s.Left) < 0 || s.C%s.Groups != 0 || s.F%s.Groups != 0 {
		panic(fmt.Sprintf("f32conv2d: not a convolution: %+v", *s))
	}
	if !i.Supported() {
		panic(fmt.Sprintf("f32conv2d: this machine has no %v", i))
	}
}

// flat joins all images into one row where the window is a single cell that visits each cell once.
func (s Shape) flat() Shape {
	if s.KH*s.KW*s.StrideH*s.StrideW == 1 && s.Top+s.Left == 0 && s.OH == s.H && s.OW == s.W {
		s.N, s.H, s.W = min(s.N, 1), 1, s.N*s.H*s.W
		s.W = max(s.W, 1)
		s.OH, s.OW = 1, s.W
	}
	return s
}

func (s *Shape) cg() int { return s.C / s.Groups }
func (s *Shape) fg() int { return s.F / s.Groups }

// view of the input by the output's positions.
func (s *Shape) view() view {
	return view{
		n: s.N, h: s.H, w: s.W, c: s.C, rows: s.OH, cols: s.OW, stepY: s.StrideH, stepX: s.StrideW, y0: -s.Top, x0: -s.Left,
		extY: (s.KH-1)*s.DilationH + 1, extX: (s.KW-1)*s.DilationW + 1,
	}
}

// need panics if a buffer is too short.
func need(what string, have, want int) {
	if have < want {
		panic(fmt.Sprintf("f32conv2d: %s has %d floats, needs %d", what, have, want))
	}
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }

// pad16 rounds up to whole cache lines.
func pad16(n int) int { return (n + 15) &^ 15 }

// split shares n things among parts as evenly as possible, the larger shares first.
type split struct{ n, parts int }

func (s split) start(i int) int { return i*(s.n/s.parts) + min(i, s.n%s.parts) }

// runs are n things cut into parts of per, the last of which may have fewer.
type runs struct{ n, per, parts int }

func newRuns(n, per int) runs { return runs{n, per, ceilDiv(n, per)} }

func (r runs) start(i int) int { return min(r.n, i*r.per) }
