package f32gemm

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/dlrun/dlrun/internal/kernel/f32vec"
	"github.com/dlrun/dlrun/internal/kernel/isa"
)

// parts does the problem in parts, planned by a Packed of another size: columns lo on of op(B), whose rows are cut in
// two where k allows it, and an A that is stored as it is or transposed.
func (q problem) parts(t *testing.T, o operands, i isa.ISA, lo, cut int) *fenced {
	t.Helper()
	nothing := func() float32 { return sentinel }
	whole := NewPacked(i, q.m, 7, 9, false).With(q.n, q.k, q.transB)
	b, a := newFenced(1, whole.Len(), 0, nothing), newFenced(1, whole.StripLen(), 0, nothing)
	for j := range whole.Panels() {
		whole.Pack(b.data(), j, o.b.data(), o.b.ld)
	}
	left := func(k0 int) Left {
		at := k0
		if q.transA {
			at = min(len(o.a.data()), k0*o.a.ld)
		}
		return Left{A: o.a.data()[at:], LD: o.a.ld, Trans: q.transA, Room: a.data()}
	}
	c := &fenced{all: append([]float32(nil), o.c.all...), rows: o.c.rows, cols: o.c.cols, ld: o.c.ld}
	right := whole.With(q.n-lo, q.k, q.transB)
	from, bias := b.data()[lo*q.k:], o.bias
	if q.bias {
		bias = bias[lo:]
	}
	if q.k > KC {
		right.MultiplyLeft(c.data()[lo:], c.ld, left(0), q.m, from, 0, q.k, q.accumulate, bias)
	} else {
		right.MultiplyLeft(c.data()[lo:], c.ld, left(0), q.m, from, 0, cut, q.accumulate, nil)
		right.MultiplyLeft(c.data()[lo:], c.ld, left(cut), q.m, from, cut, q.k, true, bias)
	}
	for name, f := range map[string]*fenced{"A": o.a, "B": o.b, "C": c, "room": a, "packed B": b} {
		if !f.intact() {
			t.Fatalf("%+v on %v: wrote around %s", q, i, name)
		}
	}
	return c
}

func TestPackedParts(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 6))
	fill := normal(r)
	for x := range 400 {
		q := problem{transA: x&1 != 0, transB: x&2 != 0, accumulate: x&4 != 0, bias: x&8 != 0, gap: r.IntN(3)}
		q.m, q.n, q.k = 1+r.IntN(40), 1+r.IntN(140), 1+r.IntN(60)
		if x%40 == 0 {
			q.k = KC + 3
		}
		cut := r.IntN(q.k + 1)
		o := q.operands(fill)
		for _, i := range isa.All() {
			wide := NewPacked(i, q.m, 7, 9, false).Width()
			lo := r.IntN(1+q.n/wide) * wide
			if lo == q.n {
				continue
			}
			c := q.parts(t, o, i, lo, cut)
			for e := range q.m * q.n {
				row, col := e/q.n, e%q.n
				got, want := c.at(row, col), o.c.at(row, col)
				if col >= lo {
					want = q.cell(o, row, col, cut)
				}
				if math.Float32bits(got) != math.Float32bits(want) {
					t.Fatalf("%+v on %v, columns from %d, rows in two at %d: element %d,%d is %x, want %x", q, i, lo, cut, row, col, got, want)
				}
			}
		}
	}
}

// cell is an element of C whose sum over k was done in two parts, unless k is longer than a block.
func (q problem) cell(o operands, row, col, cut int) float32 {
	parts := [][2]int{{0, cut}, {cut, q.k}}
	if q.k > KC {
		parts = [][2]int{{0, KC}, {KC, q.k}}
	}
	c, first := float32(0), !q.accumulate
	if q.accumulate {
		c = o.c.at(row, col)
	}
	for i, p := range parts {
		s := float32(0)
		for k := p[0]; k < p[1]; k++ {
			a, b := [2]int{row, k}, [2]int{k, col}
			if q.transA {
				a = [2]int{k, row}
			}
			if q.transB {
				b = [2]int{col, k}
			}
			s = f32vec.FMA(o.a.at(a[0], a[1]), o.b.at(b[0], b[1]), s)
		}
		if first {
			c, first = s, false
		} else {
			c = c + s
		}
		if i == len(parts)-1 && q.bias {
			c += o.bias[col]
		}
		c = f32vec.Flush(c)
	}
	return c
}

// TestMultiplyPlain holds a product of operands that are not packed against that of a packed B and the rows of A.
func TestMultiplyPlain(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	fill := normal(r)
	nothing := func() float32 { return sentinel }
	for x := range 300 {
		m, n, k, accumulate := 1+r.IntN(40), 1+r.IntN(140), r.IntN(60), x&1 != 0
		if x%50 == 0 {
			k = KC + 5
		}
		a, c := newFenced(k, m, r.IntN(3), fill), newFenced(m, n, r.IntN(3), fill)
		b := newFenced(k, n, (16-n%16)%16+r.IntN(3), fill)
		for _, i := range isa.All() {
			p := NewPacked(i, m, n, k, false)
			pb := newFenced(1, p.Len(), 0, nothing)
			rows := make([]float32, m*k)
			for row := range m {
				for x := range k {
					rows[row*k+x] = a.at(x, row)
				}
			}
			for j := range p.Panels() {
				p.Pack(pb.data(), j, b.data(), b.ld)
			}
			want := &fenced{all: append([]float32(nil), c.all...), rows: m, cols: n, ld: c.ld}
			got := &fenced{all: append([]float32(nil), c.all...), rows: m, cols: n, ld: c.ld}
			p.Multiply(want.data(), c.ld, rows, k, m, pb.data(), accumulate, nil)
			p.MultiplyPlain(got.data(), c.ld, a.all[fence:], a.ld, m, b.all[fence:], b.ld, accumulate)
			for e := range got.all {
				if math.Float32bits(got.all[e]) != math.Float32bits(want.all[e]) {
					t.Fatalf("%d by %d by %d, accumulate %v, on %v: float %d is %x, want %x", m, n, k, accumulate, i, e-fence, got.all[e], want.all[e])
				}
			}
		}
	}
}
