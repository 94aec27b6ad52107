package optest

import (
	"math"

	"github.com/dlrun/dlrun/builder/op"
)

var _ = Add(updateCases("plain", op.Lion{Beta1: 0.9, Beta2: 0.99}, 1, []float64{0.25}, func(w, g float64, s, h []float64) float64 {
	step := 0.9*s[0] + 0.1*g
	s[0] = 0.99*s[0] + 0.01*g
	return w - math.Copysign(h[0], step)
})...)
