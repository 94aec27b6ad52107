package f32gemm

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/dlrun/dlrun/internal/kernel/isa"
	"github.com/dlrun/dlrun/internal/kernel/par"
)

// BenchmarkRun reports the speed of the products of an MLP 784-512-512-10 at batch 128, of squares, and of thin matrices.
func BenchmarkRun(b *testing.B) {
	for _, c := range []struct {
		name           string
		m, n, k        int
		transA, transB bool
	}{
		{"square-512", 512, 512, 512, false, false},
		{"square-1024", 1024, 1024, 1024, false, false},
		{"forward-1", 128, 512, 784, false, false},
		{"forward-2", 128, 512, 512, false, false},
		{"forward-3", 128, 10, 512, false, false},
		{"dx-2", 128, 512, 512, false, true},
		{"dx-3", 128, 512, 10, false, true},
		{"dw-1", 784, 512, 128, true, false},
		{"dw-2", 512, 512, 128, true, false},
		{"dw-3", 512, 10, 128, true, false},
		{"one-column", 1024, 1, 256, false, false},
		{"three-columns", 1024, 3, 256, false, false},
		{"one-column-dw", 256, 1, 1024, true, false},
		{"one-row-dx", 1, 784, 512, false, true},
		{"one-row", 1, 512, 784, false, false},
		{"four-rows", 4, 512, 784, false, false},
		{"sixteen-rows", 16, 512, 784, false, false},
	} {
		for _, i := range isa.All() {
			if i == isa.Generic && c.m > 128 {
				continue
			}
			for _, r := range []par.Runner{par.Serial{}, crew(2)} {
				q := problem{m: c.m, n: c.n, k: c.k, transA: c.transA, transB: c.transB}
				b.Run(fmt.Sprintf("%s/%v/%d", c.name, i, r.Workers()), func(b *testing.B) { benchmark(b, i, q, r) })
			}
		}
	}
}

// benchmark runs a product again and again.
func benchmark(b *testing.B, i isa.ISA, q problem, r par.Runner) {
	o := q.operands(normal(rand.New(rand.NewPCG(1, 1))))
	p := New(i, q.m, q.n, q.k, q.transA, q.transB)
	scratch := make([]float32, p.Scratch(r.Workers()))
	for b.Loop() {
		p.Run(r, o.a.data(), o.a.ld, o.b.data(), o.b.ld, o.c.data(), o.c.ld, scratch, false)
	}
	b.ReportMetric(2*float64(q.m)*float64(q.n)*float64(q.k)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
}

// BenchmarkTile is the micro-kernel alone, on operands that stay in the cache: what the processor can do.
func BenchmarkTile(b *testing.B) {
	for _, i := range isa.All() {
		g := geometryFor(i, 1000)
		a, x, c := make([]float32, KC*g.mr), make([]float32, KC*g.nr), make([]float32, g.mr*g.nr)
		t := tile{a: a, ia: 1, ka: g.mr, b: x, c: c, kc: KC, ldb: g.nr, ldc: g.nr, h: g.mr, w: g.nr, floor: noFloor}
		b.Run(i.String(), func(b *testing.B) {
			for b.Loop() {
				multiplyTile(i, &t)
			}
			b.ReportMetric(2*float64(g.mr*g.nr*KC)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		})
	}
}
