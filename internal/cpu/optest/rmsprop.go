package optest

import (
	"math"

	"github.com/dlrun/dlrun/builder/op"
)

var _ = Add(updateCases("plain", op.RMSprop{Rho: 0.9, Epsilon: 1e-7}, 1, []float64{0.25}, func(w, g float64, s, h []float64) float64 {
	s[0] = 0.9*s[0] + 0.1*g*g
	return w - h[0]*g/math.Sqrt(s[0]+1e-7)
})...)

var _ = Add(updateCases("momentum", op.RMSprop{Rho: 0.9, Momentum: 0.5, Epsilon: 1e-7}, 2, []float64{0.25}, func(w, g float64, s, h []float64) float64 {
	s[0] = 0.9*s[0] + 0.1*g*g
	s[1] = 0.5*s[1] + h[0]*g/math.Sqrt(s[0]+1e-7)
	return w - s[1]
})...)

// The variance stays away from 0, where it cancels: with a large epsilon.
var _ = Add(updateCases("centered", op.RMSprop{Rho: 0.9, Epsilon: 2, Centered: true}, 2, []float64{0.25}, func(w, g float64, s, h []float64) float64 {
	s[0] = 0.9*s[0] + 0.1*g*g
	s[1] = 0.9*s[1] + 0.1*g
	return w - h[0]*g/math.Sqrt(s[0]-s[1]*s[1]+2)
})...)

var _ = Add(updateCases("centered with momentum", op.RMSprop{Rho: 0.9, Momentum: 0.5, Epsilon: 2, Centered: true}, 3, []float64{0.25}, func(w, g float64, s, h []float64) float64 {
	s[0] = 0.9*s[0] + 0.1*g*g
	s[2] = 0.9*s[2] + 0.1*g
	s[1] = 0.5*s[1] + h[0]*g/math.Sqrt(s[0]-s[2]*s[2]+2)
	return w - s[1]
})...)
