package optest

import (
	"math"

	"github.com/dlrun/dlrun/builder/op"
)

func ftrl(p, l1, shrinkage float64) func(w, g float64, s, h []float64) float64 {
	return func(w, g float64, s, h []float64) float64 {
		sum := s[0] + g*g
		s[1] += g + 2*shrinkage*w - (math.Pow(sum, p)-math.Pow(s[0], p))/h[0]*w
		s[0] = sum
		return (min(max(s[1], -l1), l1) - s[1]) / (math.Pow(sum, p)/h[0] + 2*h[1])
	}
}

var (
	_ = Add(updateCases("plain", op.Ftrl{LearningRatePower: -0.5}, 2, []float64{0.25, 0}, ftrl(0.5, 0, 0))...)
	_ = Add(updateCases("every penalty", op.Ftrl{LearningRatePower: -0.75, L1: 0.5, Shrinkage: 0.25}, 2, []float64{0.25, 0.5}, ftrl(0.75, 0.5, 0.25))...)
)
