package f32cell

import (
	"github.com/dlrun/dlrun/internal/kernel/f32vec"
	"github.com/dlrun/dlrun/internal/kernel/isa"
)

// RNN sets h to Tanh(z), the state of a simple recurrent cell.
func RNN(i isa.ISA, h, z []float32) {
	sameLen(len(h), len(z))
	if rnnVec(i, h, z) {
		return
	}
	for k, x := range z {
		h[k] = Tanh(x)
	}
}

// RNNGrad sets dz to the gradient of RNN's z, where h is what RNN made and dh its gradient.
func RNNGrad(i isa.ISA, dz, h, dh []float32) {
	sameLen(len(h), len(dz), len(dh))
	if rnnGradVec(i, dz, h, dh) {
		return
	}
	for k, y := range h {
		dz[k] = f32vec.Flush(steep(y) * dh[k])
	}
}

// slope is y*(1-y), the derivative of Sigmoid by its value.
func slope(y float32) float32 { return fma(-y, y, y) }

// steep is 1 - y*y, the derivative of Tanh by its value.
func steep(y float32) float32 { return fma(-y, y, 1) }
