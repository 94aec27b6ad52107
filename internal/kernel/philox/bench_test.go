package philox

import (
	"testing"

	"github.com/dlrun/dlrun/internal/kernel/isa"
)

func BenchmarkFills(b *testing.B) {
	for name, fill := range fills {
		b.Run(name, func(b *testing.B) {
			x := make([]float32, 4096)
			for b.Loop() {
				fill(x, key, 0)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/4096, "ns/element")
		})
	}
}

func BenchmarkDropout(b *testing.B) {
	for _, i := range isa.All() {
		b.Run(i.String(), func(b *testing.B) {
			x := make([]float32, 4096)
			for b.Loop() {
				Dropout(i, x, x, key, 0, 0.8, 1.25)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/4096, "ns/element")
		})
	}
}
