package optest

import "github.com/dlrun/dlrun/builder/op"

var _ = Add(updateCases("plain", op.SGD{}, 0, []float64{0.25}, func(w, g float64, _, h []float64) float64 { return w - h[0]*g })...)

var _ = Add(updateCases("momentum", op.SGD{Momentum: 0.9}, 1, []float64{0.25}, func(w, g float64, s, h []float64) float64 {
	s[0] = 0.9*s[0] - h[0]*g
	return w + s[0]
})...)

var _ = Add(updateCases("nesterov", op.SGD{Momentum: 0.9, Nesterov: true}, 1, []float64{0.25}, func(w, g float64, s, h []float64) float64 {
	s[0] = 0.9*s[0] - h[0]*g
	return w + 0.9*s[0] - h[0]*g
})...)
