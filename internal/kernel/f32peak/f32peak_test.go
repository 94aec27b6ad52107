package f32peak

import (
	"math/rand/v2"
	"testing"

	"github.com/dlrun/dlrun/internal/kernel/f32vec"
	"github.com/dlrun/dlrun/internal/kernel/isa"
)

func TestChains(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{0, 1, 2, 7, 100} {
		var start [Lanes]float32
		for i := range start {
			start[i] = r.Float32() - 0.5
		}
		a, b := r.Float32(), r.Float32()
		for _, is := range isa.All() {
			got := start
			Chains(is, &got, a, b, n)
			for i, want := range start {
				for range n {
					want = f32vec.FMA(want, a, b)
				}
				if got[i] != want {
					t.Fatalf("%v, n = %d: lane %d is %v, want %v", is, n, i, got[i], want)
				}
			}
		}
	}
}

func BenchmarkChains(b *testing.B) {
	for _, is := range isa.All() {
		b.Run(is.String(), func(b *testing.B) {
			var acc [Lanes]float32
			const n = 1000
			for range b.N {
				Chains(is, &acc, 0.5, 1, n)
			}
			b.ReportMetric(2*Lanes*n*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		})
	}
}
