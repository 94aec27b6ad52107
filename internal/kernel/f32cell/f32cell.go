// Package f32cell is the elementwise part of the cells of recurrent layers, forward and backward, with the same bits on every
// processor: what lies between a step's matrix products, in one pass over memory.
//
// # Functions
//
// Sigmoid and Tanh are evaluated in float32 by operations and fused multiply-adds that are each rounded once, which lets a vector hold twice
// as many elements as the functions of package f32vec, and take a fifth of the time; they err by at most 3 ulp, where those err by
// half of one. Arguments must not be denormal. Below -87 Sigmoid stays what it is there, 1.6e-38.
//
// What is stored has passed through f32vec.Flush, also between the functions and the products that follow.
//
// # Words
//
// A state is what a cell hands on from step to step: h, and c of an LSTM. Gates are the activated parts of z, what the matrix products
// made. Gradients have a d before the name.
package f32cell

import (
	"math"

	"github.com/dlrun/dlrun/internal/kernel/f32cell/coef"
	"github.com/dlrun/dlrun/internal/kernel/f32vec"
)

// fma returns x*y + z, rounded once.
func fma(x, y, z float32) float32 { return f32vec.FMA(x, y, z) }

// expParts returns s and u with e**r = s*(1+u), s a power of 2, for r = x, or r = -x where log2e is negative.
func expParts(x, log2e float32) (s, u float32) {
	t := fma(log2e, x, coef.Magic)
	n := t - coef.Magic
	r := x
	if log2e < 0 {
		r = -x
	}
	r = fma(-n, coef.Ln2Lo, fma(-n, coef.Ln2Hi, r))
	s = math.Float32frombits(math.Float32bits(t)<<23 + 0x3f800000)
	p := coef.Expm1[5]
	for k := 4; k >= 0; k-- {
		p = fma(p, r, coef.Expm1[k])
	}
	return s, float32(p * r)
}

// clamp returns x between -limit and limit.
func clamp(x, limit float32) float32 { return max(-limit, min(limit, x)) }

// quiet is the NaN that is stored.
var quiet = math.Float32frombits(0x7fc00000)

// Sigmoid returns 1/(1 + e**-x).
func Sigmoid(x float32) float32 {
	if x != x {
		return quiet
	}
	s, u := expParts(clamp(x, coef.SigmoidRange), -coef.Log2e)
	return 1 / (fma(s, u, s) + 1)
}

// Tanh returns the hyperbolic tangent of x.
func Tanh(x float32) float32 {
	if x != x {
		return quiet
	}
	a := clamp(x, coef.TanhRange)
	s, u := expParts(a+a, coef.Log2e)
	m := fma(s, u, s-1)
	return m / (m + 2)
}

// sameLen panics unless the operands have one length, before anything is written.
func sameLen(n int, others ...int) {
	for _, m := range others {
		if m != n {
			panic("f32cell: operands of different length")
		}
	}
}

// Fetch asks the memory for x, which is then on its way into the cache while the caller does something else. A step of a
// recurrent layer is short and its examples lie far from each other, so that the processor does not foresee what comes next.
func Fetch(x []float32) {
	if len(x) > 0 {
		fetch(x)
	}
}
