package f32cell

import (
	"testing"

	"github.com/dlrun/dlrun/internal/kernel/isa"
)

func BenchmarkLSTM(b *testing.B) {
	const n = 128
	gates, z, h, c := make([]float32, 4*n), make([]float32, 4*n), make([]float32, n), make([]float32, n)
	for i := range z {
		z[i] = float32(i%17-8) / 4
	}
	for _, i := range []isa.ISA{isa.AVX512, isa.AVX2} {
		b.Run(i.String(), func(b *testing.B) {
			for b.Loop() {
				LSTM(i, gates, z, h, c)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/unit")
		})
	}
}

func BenchmarkLSTMGrad(b *testing.B) {
	const n = 128
	gates, dz, dh, c, dc := make([]float32, 4*n), make([]float32, 4*n), make([]float32, n), make([]float32, n), make([]float32, n)
	for i := range gates {
		gates[i] = float32(i%17) / 20
	}
	for _, i := range []isa.ISA{isa.AVX512, isa.AVX2} {
		b.Run(i.String(), func(b *testing.B) {
			for b.Loop() {
				LSTMGrad(i, dz, gates, c, dh, dc)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/unit")
		})
	}
}
