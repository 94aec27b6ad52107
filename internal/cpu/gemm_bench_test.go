package cpu_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/dlrun/dlrun/internal/cpu"
	"github.com/dlrun/dlrun/internal/kernel/f32gemm"
	"github.com/dlrun/dlrun/internal/kernel/isa"
)

// BenchmarkProduct reports the speed of products on the pool: squares in each case of transposition (nn, nt of B, tn of A, tt), what
// dense layers of several sizes take, and thin ones.
func BenchmarkProduct(b *testing.B) {
	type product struct {
		m, n, k int
		trans   string
	}
	var all []product
	for _, n := range []int{64, 128, 256, 509, 512, 1024} {
		for _, t := range []string{"nn", "nt", "tn", "tt"} {
			all = append(all, product{n, n, n, t})
		}
	}
	for _, s := range [][3]int{{1024, 28, 256}, {1024, 256, 256}, {1024, 256, 1}, {1024, 256, 3}, {128, 784, 512}, {128, 512, 512}, {128, 512, 10}, {32, 512, 512}, {16, 1024, 1024}, {1, 784, 512}, {512, 2048, 2048}} {
		all = append(all, product{s[0], s[2], s[1], "nn"}, product{s[0], s[1], s[2], "nt"}, product{s[1], s[2], s[0], "tn"})
	}
	random := rand.New(rand.NewPCG(1, 1))
	for _, p := range all {
		for workers := 1; workers <= 2; workers++ {
			b.Run(fmt.Sprintf("%s/%dx%dx%d/%d", p.trans, p.m, p.n, p.k, workers), func(b *testing.B) {
				pool := cpu.NewPool(workers)
				defer pool.Close()
				matrix := func(n int) []float32 {
					f := cpu.NewFloats[float32](n)
					for i := range f {
						f[i] = float32(random.NormFloat64())
					}
					return f
				}
				transA, transB := p.trans[0] == 't', p.trans[1] == 't'
				lda, ldb := p.k, p.n
				if transA {
					lda = p.m
				}
				if transB {
					ldb = p.k
				}
				plan := f32gemm.New(isa.Detect(), p.m, p.n, p.k, transA, transB)
				x, y, z, scratch := matrix(p.m*p.k), matrix(p.k*p.n), matrix(p.m*p.n), cpu.NewFloats[float32](plan.Scratch(workers))
				for b.Loop() {
					plan.Run(pool, x, lda, y, ldb, z, p.n, scratch, false)
				}
				b.ReportMetric(2*float64(p.m)*float64(p.n)*float64(p.k)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
			})
		}
	}
}
