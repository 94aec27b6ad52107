package philox

import "testing"

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
