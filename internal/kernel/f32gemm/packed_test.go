package f32gemm

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/dlrun/dlrun/internal/kernel/isa"
)

// packed does the problem by a Packed, planned for rows rows, and returns C.
func (q problem) packed(t *testing.T, o operands, i isa.ISA, rows int) *fenced {
	t.Helper()
	nothing := func() float32 { return sentinel }
	p := NewPacked(i, rows, q.n, q.k, q.transB)
	b := newFenced(1, p.Len(), 0, nothing)
	for _, j := range rand.Perm(p.Panels()) {
		cut := rand.IntN(q.k + 1) // in two parts
		p.PackPart(b.data(), j, 0, cut, o.b.data(), o.b.ld)
		at := cut
		if !q.transB {
			at = min(len(o.b.data()), cut*o.b.ld)
		}
		p.PackPart(b.data(), j, cut, q.k, o.b.data()[at:], o.b.ld)
	}
	c := &fenced{all: append([]float32(nil), o.c.all...), rows: o.c.rows, cols: o.c.cols, ld: o.c.ld}
	p.Multiply(c.data(), c.ld, o.a.data(), o.a.ld, q.m, b.data(), q.accumulate, o.bias)
	for name, f := range map[string]*fenced{"A": o.a, "B": o.b, "C": c, "packed B": b} {
		if !f.intact() {
			t.Fatalf("%+v on %v: wrote around %s", q, i, name)
		}
	}
	return c
}

func TestPackedEqualsRun(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	fill := normal(r)
	for x := range 400 {
		q := problem{transB: x&1 != 0, accumulate: x&2 != 0, bias: x&4 != 0, gap: r.IntN(3)}
		q.m, q.n, q.k = 1+r.IntN(40), 1+r.IntN(140), r.IntN(60)
		if x%40 == 0 {
			q.k = KC*(x/40%3) + 3
		}
		o := q.operands(fill)
		want := q.want(o)
		for _, i := range isa.All() {
			c := q.packed(t, o, i, 1+r.IntN(q.m))
			for e := range want {
				if got := c.at(e/q.n, e%q.n); math.Float32bits(got) != math.Float32bits(want[e]) {
					t.Fatalf("%+v on %v: element %d,%d is %x, want %x", q, i, e/q.n, e%q.n, got, want[e])
				}
			}
		}
	}
}

// BenchmarkPacked is a step of an LSTM of 128 units on 8 rows.
func BenchmarkPacked(b *testing.B) {
	const rows, n, k = 8, 512, 128
	for _, i := range isa.All() {
		b.Run(i.String(), func(b *testing.B) {
			fill := normal(rand.New(rand.NewPCG(1, 1)))
			q := problem{m: rows, n: n, k: k}
			o := q.operands(fill)
			p := NewPacked(i, rows, n, k, false)
			x := make([]float32, p.Len())
			for j := range p.Panels() {
				p.Pack(x, j, o.b.data(), o.b.ld)
			}
			for b.Loop() {
				p.Multiply(o.c.data(), o.c.ld, o.a.data(), o.a.ld, rows, x, true, nil)
			}
			b.ReportMetric(2*rows*n*k*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		})
	}
}
