package f32gemm

import (
	"fmt"

	"github.com/dlrun/dlrun/internal/kernel/isa"
)

// Packed is the product with one matrix B for many small A, as a recurrent layer has one at each of its steps: C = A·op(B), or
// C = C + A·op(B). B is packed once, and each A, of a few rows, is read where it is. A product runs where it is called; it keeps
// no state, so several goroutines may share a Packed. The bits are those of Plan.Run.
type Packed struct {
	isa    isa.ISA
	n, k   int
	transB bool
	geo    geometry
}

// NewPacked plans products with op(B), k by n, of A with about that many rows. B is stored as k rows of n, or with transB as n
// rows of k.
func NewPacked(i isa.ISA, rows, n, k int, transB bool) *Packed {
	if rows < 0 || n < 0 || k < 0 {
		panic(fmt.Sprintf("f32gemm: NewPacked: negative size %d x %d x %d", rows, n, k))
	}
	if !i.Supported() {
		panic(fmt.Sprintf("f32gemm: NewPacked: this machine has no %v", i))
	}
	return &Packed{isa: i, n: n, k: k, transB: transB, geo: geometryFor(i, rows)}
}

// Len is how many floats the packed B takes.
func (p *Packed) Len() int {
	return ceilDiv(p.n, p.geo.lanes)*p.geo.lanes*p.k + slack
}

// Panels is into how many panels of columns B is packed; each can be packed by another goroutine.
func (p *Packed) Panels() int { return ceilDiv(p.n, p.geo.nr) }

// panel is the first column and the width of panel j, and that width in whole vectors.
func (p *Packed) panel(j int) (col, w, width int) {
	col = j * p.geo.nr
	w = min(p.geo.nr, p.n-col)
	return col, w, ceilDiv(w, p.geo.lanes) * p.geo.lanes
}

// Pack packs panel j of b, whose rows are ldb apart, into its part of dst, which has Len floats.
func (p *Packed) Pack(dst []float32, j int, b []float32, ldb int) { p.PackPart(dst, j, 0, p.k, b, ldb) }

// PackPart packs the rows from to to-1 of panel j of op(B), where b is what op(B) has from its row from on. The parts of a panel are packed
// in order, by one goroutine.
func (p *Packed) PackPart(dst []float32, j, from, to int, b []float32, ldb int) {
	col, w, width := p.panel(j)
	// The routines write whole groups of 16 columns. Only the last panel can end within one; what it writes too much is then
	// overwritten by its next row, or lies in the slack. The blocks of a panel follow each other, so that a part of it needs no regard
	// for them.
	if from == to {
		return
	}
	at := dst[col*p.k+from*width:]
	if p.transB {
		packRows(p.isa, at, width, b[col*ldb:], ldb, w, to-from)
	} else {
		packCols(p.isa, at, width, b[col:], ldb, w, to-from)
	}
}

// Multiply sets c, rows whose first elements are ldc apart, to a, whose rows are lda apart, times the packed b, plus bias, where it is not nil,
// in each row; with accumulate that is added to c. c must not overlap the others. a is read where it is: rows that do not fall into the same
// sets of a cache are read faster.
func (p *Packed) Multiply(c []float32, ldc int, a []float32, lda, rows int, b []float32, accumulate bool, bias []float32) {
	if rows == 0 || p.n == 0 {
		return
	}
	if ldc < p.n || len(c) < (rows-1)*ldc+p.n || p.k > 0 && len(a) < (rows-1)*lda+p.k || len(b) < p.Len() || bias != nil && len(bias) < p.n {
		panic("f32gemm: Packed.Multiply: a buffer is too small")
	}
	s := split{rows, ceilDiv(rows, p.geo.mr)}
	t := tile{ldc: ldc, floor: noFloor, ia: lda, ka: 1}
	for k0 := 0; k0 == 0 || k0 < p.k; k0 += KC {
		t.kc = min(KC, p.k-k0)
		t.load = accumulate || k0 > 0
		last := k0+KC >= p.k
		for j := range p.Panels() {
			col, w, width := p.panel(j)
			t.w, t.ldb = w, width
			t.b = b[col*p.k+k0*width:]
			t.bias = nil
			if last && bias != nil {
				t.bias = bias[col : col+w]
			}
			for i := range s.parts {
				row := s.start(i)
				t.h = s.start(i+1) - row
				if t.kc > 0 {
					t.a = a[row*lda+k0:]
				}
				t.c = c[row*ldc+col:]
				multiplyTile(p.isa, &t)
			}
		}
	}
}
