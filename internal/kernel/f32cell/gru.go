package f32cell

import (
	"github.com/dlrun/dlrun/internal/kernel/f32vec"
	"github.com/dlrun/dlrun/internal/kernel/isa"
)

// GRU takes one example a step on, with the reset after the product. a is [3, n], its parts being those of z, r and the candidate, and
// inner, n elements, is the state's part of the candidate; gates, which may be a, become
//
//	z, r = Sigmoid(a_z), Sigmoid(a_r);  g = Tanh(a_h + r*inner)
//
// and the state
//
//	h = z*h + (1-z)*g
func GRU(i isa.ISA, gates, a, inner, h []float32) {
	n := len(h)
	sameLen(n, len(inner))
	sameLen(3*n, len(gates), len(a))
	if gruVec(i, gates, a, inner, h) {
		return
	}
	for k := range n {
		z, r := Sigmoid(a[k]), Sigmoid(a[n+k])
		g := Tanh(f32vec.Flush(a[2*n+k] + float32(r*inner[k])))
		gates[k], gates[n+k], gates[2*n+k] = z, r, g
		h[k] = f32vec.Flush(float32(z*h[k]) + float32((1-z)*g))
	}
}

// GRUGrad takes the gradient of one example a step back: dh is that of the state after the step, and becomes the part of that of the
// state before it which does not come through the matrix products. gates are those of GRU and h is the state before the step; da [4, n]
// becomes the gradients of a_h, a_z, a_r and inner.
func GRUGrad(i isa.ISA, da, gates, inner, h, dh []float32) {
	n := len(h)
	sameLen(n, len(dh), len(inner))
	sameLen(3*n, len(gates))
	sameLen(4*n, len(da))
	if gruGradVec(i, da, gates, inner, h, dh) {
		return
	}
	for k := range n {
		z, r, g, d := gates[k], gates[n+k], gates[2*n+k], dh[k]
		a := f32vec.Flush(float32(d*(1-z)) * (1 - float32(g*g)))
		da[k] = a
		da[n+k] = f32vec.Flush(float32(d*(h[k]-g)) * float32(z*(1-z)))
		da[2*n+k] = f32vec.Flush(float32(a*inner[k]) * float32(r*(1-r)))
		da[3*n+k] = f32vec.Flush(a * r)
		dh[k] = f32vec.Flush(d * z)
	}
}
