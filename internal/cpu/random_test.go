package cpu

import (
	"math"
	"testing"

	"github.com/dlrun/dlrun/internal/kernel/philox"
)

// TestGammaMoments holds mean and variance of the gamma distribution of shape a, both a, and that of the
// logarithm's mean for a below 1, where small numbers count.
func TestGammaMoments(t *testing.T) {
	for _, a := range []float32{0.3, 1, 2.5, 40} {
		x := make([]float32, 40000)
		drawRandom("gamma", x, philox.NewKey(7), 0, a, 0)
		mean, square := 0.0, 0.0
		for _, v := range x {
			if v < 0 {
				t.Fatalf("gamma of shape %v gave %v", a, v)
			}
			mean += float64(v)
			square += float64(v) * float64(v)
		}
		n := float64(len(x))
		mean /= n
		variance := square/n - mean*mean
		if math.Abs(mean/float64(a)-1) > 0.03 || math.Abs(variance/float64(a)-1) > 0.06 {
			t.Errorf("gamma of shape %v has mean %v and variance %v", a, mean, variance)
		}
		part := make([]float32, 100)
		drawRandom("gamma", part, philox.NewKey(7), 1000, a, 0)
		for i, v := range part {
			if v != x[1000+i] {
				t.Fatalf("gamma of shape %v depends on how it is cut", a)
			}
		}
	}
}
