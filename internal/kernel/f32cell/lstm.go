package f32cell

import (
	"github.com/dlrun/dlrun/internal/kernel/f32vec"
	"github.com/dlrun/dlrun/internal/kernel/isa"
)

// LSTM takes one example a step on. z is [4, n], its parts being those of i, f, c and o; gates, which may be z, become
//
//	i, f, o = Sigmoid(z_i), Sigmoid(z_f), Sigmoid(z_o);  g = Tanh(z_c)
//
// and the states, n elements each,
//
//	c = f*c + i*g
//	h = o*Tanh(c)
func LSTM(i isa.ISA, gates, z, h, c []float32) {
	n := len(h)
	sameLen(n, len(c))
	sameLen(4*n, len(gates), len(z))
	if lstmVec(i, gates, z, h, c) {
		return
	}
	for k := range n {
		in, forget, g, out := Sigmoid(z[k]), Sigmoid(z[n+k]), Tanh(z[2*n+k]), Sigmoid(z[3*n+k])
		gates[k], gates[n+k], gates[2*n+k], gates[3*n+k] = in, forget, g, out
		c[k] = f32vec.Flush(fma(forget, c[k], float32(in*g)))
		h[k] = f32vec.Flush(out * Tanh(c[k]))
	}
}

// LSTMGrad takes the gradients of one example a step back: dh and dc are those of the states after the step, and dc becomes that of the
// state before it; what dh becomes comes through the matrix products alone. gates are those of LSTM and c is the state before the step;
// dz [4, n] becomes the gradient of LSTM's z.
func LSTMGrad(i isa.ISA, dz, gates, c, dh, dc []float32) {
	n := len(c)
	sameLen(n, len(dh), len(dc))
	sameLen(4*n, len(gates), len(dz))
	if lstmGradVec(i, dz, gates, c, dh, dc) {
		return
	}
	for k := range n {
		in, forget, g, out := gates[k], gates[n+k], gates[2*n+k], gates[3*n+k]
		t := Tanh(f32vec.Flush(fma(forget, c[k], float32(in*g))))
		d := fma(float32(dh[k]*out), steep(t), dc[k])
		dz[k] = f32vec.Flush(float32(d*g) * slope(in))
		dz[n+k] = f32vec.Flush(float32(d*c[k]) * slope(forget))
		dz[2*n+k] = f32vec.Flush(float32(d*in) * steep(g))
		dz[3*n+k] = f32vec.Flush(float32(dh[k]*t) * slope(out))
		dc[k] = f32vec.Flush(d * forget)
	}
}
