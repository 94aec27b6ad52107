package optest

import (
	"math"

	"github.com/dlrun/dlrun/builder/op"
)

var _ = Add(updateCases("plain", op.Adagrad{Epsilon: 1e-7}, 1, []float64{0.25}, func(w, g float64, s, h []float64) float64 {
	s[0] += g * g
	return w - h[0]*g/math.Sqrt(s[0]+1e-7)
})...)
