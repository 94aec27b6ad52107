package f32gemm

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/dlrun/dlrun/internal/kernel/isa"
	"github.com/dlrun/dlrun/internal/kernel/par"
)

// TestKeep holds runs with a B that is kept against those without: the same bits, also where B's memory has something else by then.
func TestKeep(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	fill := func() float32 { return r.Float32() - 0.5 }
	for _, q := range []problem{
		{m: 1, n: 128, k: 1300},
		{m: 1, n: 10, k: 7},
		{m: 2, n: 1, k: 1},
		{m: 5, n: 65, k: 513, bias: true, relu: true},
		{m: 13, n: 33, k: 31, bias: true},
		{m: 100, n: 47, k: 600, transB: true, relu: true},
		{m: 37, n: 200, k: 17, transA: true},
		{m: 3, n: 5, k: 0, bias: true},
		{m: 40, n: 3, k: 70, bias: true},
		{m: 40, n: 3, k: 70, transA: true},
		{m: 29, n: 130, k: 64, gap: 3, accumulate: true},
	} {
		for _, i := range isa.All() {
			for _, runner := range []par.Runner{par.Serial{}, crew(3)} {
				o := q.operands(fill)
				run := func(p *Plan) []float32 {
					c := append([]float32(nil), o.c.data()...)
					scratch := make([]float32, p.Scratch(runner.Workers()))
					p.RunEpilogue(runner, o.a.data(), o.a.ld, o.b.data(), o.b.ld, c, o.c.ld, scratch, q.accumulate, Epilogue{Bias: o.bias, Relu: q.relu})
					return c
				}
				want := run(New(i, q.m, q.n, q.k, q.transA, q.transB))
				p := New(i, q.m, q.n, q.k, q.transA, q.transB)
				p.Keep()
				for round := range 3 {
					for k, v := range run(p) {
						if math.Float32bits(v) != math.Float32bits(want[k]) {
							t.Fatalf("%+v, %v, %d workers, run %d: element %d is %v, want %v", q, i, runner.Workers(), round, k, v, want[k])
						}
					}
					if p.keepTask != nil {
						clear(o.b.data())
					}
				}
			}
		}
	}
}
