package f32vec

import "github.com/dlrun/dlrun/internal/kernel/isa"

// Activation functions, and their gradients: dx from the input or output of the function, as named, and from dy. As the sweeps, they round
// each operation once.

// Clip sets dst[i] to x[i] cut to [lo, hi]; a NaN stays a NaN.
func Clip(i isa.ISA, dst, x []float32, lo, hi float32) {
	sameLen(len(dst), len(x))
	for n := vecActivate(i, actClip, dst, x, [2]float32{lo, hi}); n < len(dst); n++ {
		dst[n] = Flush(clip(x[n], lo, hi))
	}
}

func clip(x, lo, hi float32) float32 {
	if x < lo {
		x = lo
	}
	if x > hi {
		x = hi
	}
	return x
}

// Inside sets dx[i] = dy[i] where lo < x[i] < hi, and 0 elsewhere.
func Inside(i isa.ISA, dx, x, dy []float32, lo, hi float32) {
	sameLen(len(dx), len(x), len(dy))
	for n := vecActivateGrad(i, actClip, dx, x, dy, [2]float32{lo, hi}); n < len(dx); n++ {
		v := float32(0)
		if x[n] > lo && x[n] < hi {
			v = dy[n]
		}
		dx[n] = Flush(v)
	}
}

// Below sets dst[i] = a * y[i] where x[i] < 0, and y[i] elsewhere: with x for y leaky ReLU, with dy its gradient.
func Below(i isa.ISA, dst, x, y []float32, a float32) {
	sameLen(len(dst), len(x), len(y))
	for n := vecActivateGrad(i, actBelow, dst, x, y, [2]float32{a}); n < len(dst); n++ {
		v := y[n]
		if x[n] < 0 {
			v *= a
		}
		dst[n] = Flush(v)
	}
}

// HardSigmoid sets dst[i] to x[i]+3 cut to [0, 6], divided by 6.
func HardSigmoid(i isa.ISA, dst, x []float32) {
	sameLen(len(dst), len(x))
	for n := vecActivate(i, actHardSigmoid, dst, x, [2]float32{}); n < len(dst); n++ {
		dst[n] = Flush(hardSigmoid(x[n]))
	}
}

func hardSigmoid(x float32) float32 { return clip(x+3, 0, 6) / 6 }

// HardSigmoidGrad sets dx[i] = dy[i] / 6 where x[i]+3 lies between 0 and 6, and 0 elsewhere.
func HardSigmoidGrad(i isa.ISA, dx, x, dy []float32) {
	sameLen(len(dx), len(x), len(dy))
	for n := vecActivateGrad(i, actHardSigmoid, dx, x, dy, [2]float32{}); n < len(dx); n++ {
		v := float32(0)
		if t := x[n] + 3; t > 0 && t < 6 {
			v = dy[n] / 6
		}
		dx[n] = Flush(v)
	}
}

// HardSilu sets dst[i] = x[i] * HardSigmoid(x[i]).
func HardSilu(i isa.ISA, dst, x []float32) {
	sameLen(len(dst), len(x))
	for n := vecActivate(i, actHardSilu, dst, x, [2]float32{}); n < len(dst); n++ {
		dst[n] = Flush(x[n] * hardSigmoid(x[n]))
	}
}

// HardSiluGrad is the gradient of HardSilu, from its input.
func HardSiluGrad(i isa.ISA, dx, x, dy []float32) {
	sameLen(len(dx), len(x), len(dy))
	for n := vecActivateGrad(i, actHardSilu, dx, x, dy, [2]float32{}); n < len(dx); n++ {
		v := float32(0)
		if t := x[n] + 3; t > 0 && t < 6 {
			v = x[n] / 6
		}
		dx[n] = Flush(dy[n] * (hardSigmoid(x[n]) + v))
	}
}

// SigmoidGrad is the gradient of the sigmoid, from its output.
func SigmoidGrad(i isa.ISA, dx, y, dy []float32) {
	sameLen(len(dx), len(y), len(dy))
	for n := vecActivateGrad(i, actSigmoid, dx, y, dy, [2]float32{}); n < len(dx); n++ {
		dx[n] = Flush(dy[n] * (y[n] * (1 - y[n])))
	}
}

// TanhGrad is the gradient of the hyperbolic tangent, from its output.
func TanhGrad(i isa.ISA, dx, y, dy []float32) {
	sameLen(len(dx), len(y), len(dy))
	for n := vecActivateGrad(i, actTanh, dx, y, dy, [2]float32{}); n < len(dx); n++ {
		dx[n] = Flush(dy[n] * (1 - float32(y[n]*y[n])))
	}
}

// SiluGrad is the gradient of x times the sigmoid of x; dx holds that sigmoid before, and must not overlap the others.
func SiluGrad(i isa.ISA, dx, x, dy []float32) {
	sameLen(len(dx), len(x), len(dy))
	for n := vecSiluGrad(i, dx, x, dy); n < len(dx); n++ {
		s := dx[n]
		dx[n] = Flush(dy[n] * (s * (1 + float32(x[n]*(1-s)))))
	}
}
