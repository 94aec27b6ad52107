package optest

import (
	"math"

	"github.com/dlrun/dlrun/builder/op"
)

var _ = Add(updateCases("plain", op.Adam{Beta1: 0.9, Beta2: 0.99, Epsilon: 1e-7}, 2, []float64{0.25}, func(w, g float64, s, h []float64) float64 {
	s[0] = 0.9*s[0] + 0.1*g
	s[1] = 0.99*s[1] + 0.01*g*g
	return w - h[0]*s[0]/(math.Sqrt(s[1])+1e-7)
})...)

var _ = Add(updateCases("amsgrad", op.Adam{Beta1: 0.9, Beta2: 0.99, Epsilon: 1e-7, AMSGrad: true}, 3, []float64{0.25}, func(w, g float64, s, h []float64) float64 {
	s[0] = 0.9*s[0] + 0.1*g
	s[1] = 0.99*s[1] + 0.01*g*g
	s[2] = max(s[2], s[1])
	return w - h[0]*s[0]/(math.Sqrt(s[2])+1e-7)
})...)
