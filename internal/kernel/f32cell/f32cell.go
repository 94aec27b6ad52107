// Package f32cell is the elementwise part of the cells of recurrent layers, forward and backward, with the same bits on every
// processor: what lies between a step's matrix products, in one pass over memory.
//
// # Functions
//
// Sigmoid and Tanh are evaluated in float32 by operations that are each rounded once and never fused, which lets a vector hold twice
// as many elements as the functions of package f32vec, and take a third of the time; they err by at most 3 ulp, where those err by
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

// expParts returns s and u with e**x = s*(1+u), s a power of 2.
func expParts(x float32) (s, u float32) {
	t := float32(x*coef.Log2e) + coef.Magic
	n := t - coef.Magic
	r := (x - float32(n*coef.Ln2Hi)) - float32(n*coef.Ln2Lo)
	s = math.Float32frombits(math.Float32bits(t)<<23 + 0x3f800000)
	p := coef.Expm1[5]
	for k := 4; k >= 0; k-- {
		p = float32(p*r) + coef.Expm1[k]
	}
	return s, float32(p * r)
}

func abs(x float32) float32 { return math.Float32frombits(math.Float32bits(x) &^ (1 << 31)) }

// atMost is the smaller of x and limit, or a NaN.
func atMost(x, limit float32) float32 {
	if limit < x {
		return limit
	}
	return x
}

// Sigmoid returns 1/(1 + e**-x).
func Sigmoid(x float32) float32 {
	s, u := expParts(-atMost(abs(x), coef.SigmoidRange))
	e := float32(s * (1 + u))
	y := 1 / (1 + e)
	if math.Float32bits(x)>>31 == 1 {
		y = float32(e * y)
	}
	return f32vec.Flush(y)
}

// Tanh returns the hyperbolic tangent of x.
func Tanh(x float32) float32 {
	a := atMost(abs(x), coef.TanhRange)
	s, u := expParts(a + a)
	m := float32(s*u) + (s - 1)
	y := m / (m + 2)
	return f32vec.Flush(math.Float32frombits(math.Float32bits(y) | math.Float32bits(x)&(1<<31)))
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
