package optest

import (
	"math"

	"github.com/dlrun/dlrun/builder/op"
)

var _ = Add(updateCases("plain", op.Adadelta{Rho: 0.95, Epsilon: 1e-7}, 2, []float64{0.25}, func(w, g float64, s, h []float64) float64 {
	s[0] = 0.95*s[0] + 0.05*g*g
	step := -math.Sqrt(s[1]+1e-7) * g / math.Sqrt(s[0]+1e-7)
	s[1] = 0.95*s[1] + 0.05*step*step
	return w + h[0]*step
})...)
