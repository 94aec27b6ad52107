package resample

import (
	"math"
	"testing"
)

// The weights of a sample add up to 1, and Back has each of them once.
func TestTaps(t *testing.T) {
	for _, method := range []string{"nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"} {
		for _, n := range []int{1, 2, 7} {
			for _, to := range []int{1, 3, 14} {
				taps := Taps(Sampling{Method: method, Antialias: to < n}, n, to)
				if len(taps) != to {
					t.Fatalf("%s %d to %d: %d samples", method, n, to, len(taps))
				}
				count := 0
				for i, list := range taps {
					sum := 0.0
					for _, tap := range list {
						sum += tap.Weight
						count++
						if tap.Cell < 0 || tap.Cell >= n {
							t.Errorf("%s %d to %d: sample %d takes cell %d", method, n, to, i, tap.Cell)
						}
					}
					if math.Abs(sum-1) > 1e-12 {
						t.Errorf("%s %d to %d: the weights of sample %d add up to %g", method, n, to, i, sum)
					}
				}
				for cell, list := range Back(taps, n) {
					for _, b := range list {
						count--
						found := false
						for _, tap := range taps[b.Cell] {
							found = found || tap.Cell == cell && tap.Weight == b.Weight
						}
						if !found {
							t.Errorf("%s %d to %d: cell %d has no part in sample %d", method, n, to, cell, b.Cell)
						}
					}
				}
				if count != 0 {
					t.Errorf("%s %d to %d: %d taps are missing on the way back", method, n, to, count)
				}
			}
		}
	}
}
