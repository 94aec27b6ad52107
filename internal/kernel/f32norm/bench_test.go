package f32norm

import (
	"fmt"
	"testing"

	"github.com/dlrun/dlrun/internal/kernel/isa"
)

// BenchmarkSweeps times what stays in a second-level cache, in bytes of the matrices read and written.
func BenchmarkSweeps(b *testing.B) {
	for _, n := range []int{3, 16, 17, 32, 64, 1000} {
		rows := (32 << 10) / n
		x, z, y := make([]float32, rows*n), make([]float32, rows*n), make([]float32, rows*n)
		for i := range x {
			x[i], z[i] = float32(i%13), float32(i%7)
		}
		channels := func() []float32 {
			c := make([]float32, n)
			for i := range c {
				c[i] = 0.5
			}
			return c
		}
		sums, more := make([]float64, n), make([]float64, n)
		s := Slopes{channels(), channels(), channels(), channels()}
		scale, shift := channels(), channels()
		i := isa.Detect()
		for _, k := range []struct {
			name string
			of   int // matrices
			f    func()
		}{
			{"moments", 1, func() { Moments(i, sums, more, x) }},
			{"apply", 2, func() { Apply(i, y, x, scale, shift, false) }},
			{"products", 2, func() { Products(i, sums, more, x, z, s.Mean, nil) }},
			{"grad", 3, func() { Grad(i, y, x, z, &s, nil) }},
		} {
			b.Run(fmt.Sprintf("%s/%d", k.name, n), func(b *testing.B) {
				b.SetBytes(int64(4 * k.of * len(x)))
				for range b.N {
					k.f()
				}
			})
		}
	}
}
