package f32gemm

import "fmt"

// With is a Packed of other sizes and the same way of packing: a value that a computation with many
// sizes makes where it needs it. Of a packed op(B), k by n, the columns from a multiple of Width on, or
// up to one, are a packed B too: the columns from c on begin at c*k floats.
func (p *Packed) With(n, k int, transB bool) Packed {
	q := *p
	q.n, q.k, q.transB = n, k, transB
	return q
}

// Width is how many columns a full panel has.
func (p *Packed) Width() int { return p.geo.nr }

// Left is an A that is not packed: its rows, or with Trans its columns, lie LD apart.
type Left struct {
	A     []float32
	LD    int
	Trans bool
	Room  []float32 // StripLen floats, for rows that compete for the same places of the cache when they are read in place
}

// StripLen is how many floats a packed strip of A takes.
func (p *Packed) StripLen() int { return min(p.k, KC)*p.geo.mr + slack }

// MultiplyLeft is Multiply with an A that is not packed, of hi-lo columns, and the rows lo to hi-1 of the packed b: all of
// them where b has more than KC.
func (p *Packed) MultiplyLeft(c []float32, ldc int, l Left, rows int, b []float32, lo, hi int, accumulate bool, bias []float32) {
	if rows == 0 || p.n == 0 {
		return
	}
	if lo < 0 || hi > p.k || lo > hi || p.k > KC && hi-lo < p.k {
		panic(fmt.Sprintf("f32gemm: Packed.MultiplyLeft: rows %d to %d of %d", lo, hi, p.k))
	}
	high, wide := rows, hi-lo
	if l.Trans {
		high, wide = wide, high
	}
	if ldc < p.n || len(c) < (rows-1)*ldc+p.n || hi > lo && len(l.A) < (high-1)*l.LD+wide || len(b) < p.Len() || bias != nil && len(bias) < p.n {
		panic("f32gemm: Packed.MultiplyLeft: a buffer is too small")
	}
	s := split{rows, ceilDiv(rows, p.geo.mr)}
	inPlace := l.Trans || apart(l.LD, min(rows, p.geo.mr))
	t := tile{ldc: ldc, floor: noFloor}
	for k0 := lo; k0 == lo || k0 < hi; k0 += KC {
		t.kc = min(KC, hi-k0)
		t.load = accumulate || k0 > lo
		for i := range s.parts {
			row := s.start(i)
			t.h = s.start(i+1) - row
			switch {
			case t.kc == 0:
				t.a, t.ia, t.ka = nil, 1, 0
			case l.Trans:
				t.a, t.ia, t.ka = l.A[(k0-lo)*l.LD+row:], 1, l.LD
			case inPlace:
				t.a, t.ia, t.ka = l.A[row*l.LD+k0-lo:], l.LD, 1
			default:
				packRows(p.isa, l.Room, t.h, l.A[row*l.LD+k0-lo:], l.LD, t.h, t.kc)
				t.a, t.ia, t.ka = l.Room, 1, t.h
			}
			for j := range p.Panels() {
				col, w, width := p.panel(j)
				t.w, t.ldb = w, width
				t.b = b[col*p.k+k0*width:]
				t.bias = nil
				if k0+KC >= hi && bias != nil {
					t.bias = bias[col : col+w]
				}
				t.c = c[row*ldc+col:]
				multiplyTile(p.isa, &t)
			}
		}
	}
}

// MultiplyPlain is Multiply with operands that are not packed: an A that is stored transposed, as k rows lda apart, and a B of k rows ldb
// apart. It is for operands that the cache holds, whose rows are so far apart that they do not fall into the same sets. Of each row of
// B, what lies before the next multiple of 16 columns is read too.
func (p *Packed) MultiplyPlain(c []float32, ldc int, a []float32, lda, rows int, b []float32, ldb int, accumulate bool) {
	if rows == 0 || p.n == 0 {
		return
	}
	if ldc < p.n || len(c) < (rows-1)*ldc+p.n || p.k > 0 && (len(a) < (p.k-1)*lda+rows || len(b) < (p.k-1)*ldb+ceilDiv(p.n, p.geo.lanes)*p.geo.lanes) {
		panic("f32gemm: Packed.MultiplyPlain: a buffer is too small")
	}
	s := split{rows, ceilDiv(rows, p.geo.mr)}
	t := tile{ldc: ldc, floor: noFloor, ldb: ldb, ia: 1, ka: lda}
	for k0 := 0; k0 == 0 || k0 < p.k; k0 += KC {
		t.kc = min(KC, p.k-k0)
		t.load = accumulate || k0 > 0
		for j := range p.Panels() {
			col, w, _ := p.panel(j)
			t.w = w
			if t.kc > 0 {
				t.b = b[k0*ldb+col:]
			}
			for i := range s.parts {
				row := s.start(i)
				t.h = s.start(i+1) - row
				if t.kc > 0 {
					t.a = a[k0*lda+row:]
				}
				t.c = c[row*ldc+col:]
				multiplyTile(p.isa, &t)
			}
		}
	}
}
