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
		g := Tanh(f32vec.Flush(fma(r, inner[k], a[2*n+k])))
		gates[k], gates[n+k], gates[2*n+k] = z, r, g
		h[k] = state(z, g, h[k])
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
		a := candidate(z, g, d)
		da[k] = a
		da[n+k] = update(z, g, h[k], d)
		da[2*n+k] = f32vec.Flush(float32(a*inner[k]) * slope(r))
		da[3*n+k] = f32vec.Flush(a * r)
		dh[k] = f32vec.Flush(d * z)
	}
}

// state is z*h + (1-z)*g.
func state(z, g, h float32) float32 { return f32vec.Flush(fma(z, h, float32((1-z)*g))) }

// candidate is the gradient of what goes into the candidate g, where that of the state is d.
func candidate(z, g, d float32) float32 { return f32vec.Flush(float32(d*(1-z)) * steep(g)) }

// update is the gradient of what goes into z.
func update(z, g, h, d float32) float32 { return f32vec.Flush(float32(d*(h-g)) * slope(z)) }

// GRUReset begins the step of one example with the reset before the product. The first two parts of a [3, n] are those of z and r; the first two of
// gates [3, n], which may be a, become
//
//	z, r = Sigmoid(a_z), Sigmoid(a_r)
//
// and rh, which the recurrent kernel multiplies next, r*h.
func GRUReset(i isa.ISA, gates, a, h, rh []float32) {
	n := len(h)
	sameLen(n, len(rh))
	sameLen(3*n, len(gates), len(a))
	if gruResetVec(i, gates, a, h, rh) {
		return
	}
	for k := range n {
		z, r := Sigmoid(a[k]), Sigmoid(a[n+k])
		gates[k], gates[n+k] = z, r
		rh[k] = f32vec.Flush(r * h[k])
	}
}

// GRUState ends that step: the last part of gates, which was a_h, becomes
//
//	g = Tanh(a_h)
//
// and the state
//
//	h = z*h + (1-z)*g
func GRUState(i isa.ISA, gates, h []float32) {
	n := len(h)
	sameLen(3*n, len(gates))
	if gruStateVec(i, gates, h) {
		return
	}
	for k := range n {
		g := Tanh(gates[2*n+k])
		gates[2*n+k] = g
		h[k] = state(gates[k], g, h[k])
	}
}

// GRUStateGrad begins the way back of that step. dh is the gradient of the state after the step, and becomes the part of that of the
// state before it which comes through z*h; of da [3, n], the first part becomes the gradient of a_z and the last that of a_h. h is the
// state before the step.
func GRUStateGrad(i isa.ISA, da, gates, h, dh []float32) {
	n := len(h)
	sameLen(n, len(dh))
	sameLen(3*n, len(gates), len(da))
	if gruStateGradVec(i, da, gates, h, dh) {
		return
	}
	for k := range n {
		z, g, d := gates[k], gates[2*n+k], dh[k]
		da[k], da[2*n+k] = update(z, g, h[k], d), candidate(z, g, d)
		dh[k] = f32vec.Flush(d * z)
	}
}

// GRUResetGrad ends it: drh is the gradient of r*h; dr becomes that of a_r, and what comes to h through r*h is added to dh.
func GRUResetGrad(i isa.ISA, dr, r, h, drh, dh []float32) {
	n := len(h)
	sameLen(n, len(dr), len(r), len(drh), len(dh))
	if gruResetGradVec(i, dr, r, h, drh, dh) {
		return
	}
	for k := range n {
		dr[k] = f32vec.Flush(float32(h[k]*drh[k]) * slope(r[k]))
		dh[k] = f32vec.Flush(fma(drh[k], r[k], dh[k]))
	}
}
