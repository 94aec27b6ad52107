// Package f32gelu is the activation gelu and its derivative over slices of float32 (Hendrycks and Gimpel, "Gaussian error linear units",
// 2016), with the same bits on every processor.
//
// gelu(x) is x Φ(x), Φ being the normal distribution, and its derivative Φ(x) + x φ(x). Both come of one exponential, since
// Q(u) = 1 - Φ(u) is, for u >= 0, exp(-u*u/2) times a smooth function of u (compare Abramowitz and Stegun, "Handbook of mathematical
// functions", 7.1.26). Everything is computed in float32 with fused multiply-adds; Φ errs by less than 2e-7.
//
// What is named after Tanh is the approximation x (1 + tanh(z/2))/2 = x/(1 + exp(-z)), with z = 2 sqrt(2/pi) (x + 0.044715 x*x*x), of the
// same paper.
package f32gelu

import (
	"github.com/dlrun/dlrun/internal/kernel/f32gelu/coef"
	"github.com/dlrun/dlrun/internal/kernel/f32softmax"
	"github.com/dlrun/dlrun/internal/kernel/f32vec"
	"github.com/dlrun/dlrun/internal/kernel/isa"
)

// normal returns Φ(x) and exp(-x*x/2).
func normal(x float32) (phi, e float32) {
	e = f32softmax.Exp(float32(x*x) * -0.5)
	u := x
	if x < 0 {
		u = -x
	}
	t := 1 / f32vec.FMA(u, coef.Shift, 1)
	q := float32(coef.Tail[len(coef.Tail)-1])
	for i := len(coef.Tail) - 2; i >= 0; i-- {
		q = f32vec.FMA(q, t, coef.Tail[i])
	}
	q = float32(q*t) * e
	if x < 0 {
		return q, e
	}
	return 1 - q, e
}

// Value returns gelu(x).
func Value(x float32) float32 {
	phi, _ := normal(x)
	return f32vec.Flush(x * phi)
}

// Grad returns dy times the derivative of gelu at x.
func Grad(x, dy float32) float32 {
	phi, e := normal(x)
	return f32vec.Flush(dy * f32vec.FMA(float32(x*coef.InvSqrt2Pi), e, phi))
}

// Slope returns the derivative of gelu at x.
func Slope(x float32) float32 {
	phi, e := normal(x)
	return f32vec.Flush(f32vec.FMA(float32(x*coef.InvSqrt2Pi), e, phi))
}

// Values sets y[i] = Value(x[i]); y may be x.
func Values(i isa.ISA, y, x []float32) {
	sameLen(len(y), len(x))
	for n := valuesVec(i, y, x); n < len(y); n++ {
		y[n] = Value(x[n])
	}
}

// Grads sets dx[i] = Grad(x[i], dy[i]); dx may be x or dy.
func Grads(i isa.ISA, dx, x, dy []float32) {
	sameLen(len(dx), len(x))
	sameLen(len(dx), len(dy))
	for n := gradsVec(i, dx, x, dy); n < len(dx); n++ {
		dx[n] = Grad(x[n], dy[n])
	}
}

// Both sets y[i] = Value(x[i]) and d[i] = Slope(x[i]), which takes little longer than one of them; d or y may be x.
func Both(i isa.ISA, y, d, x []float32) {
	sameLen(len(y), len(x))
	sameLen(len(d), len(x))
	for n := bothVec(i, y, d, x); n < len(x); n++ {
		v := x[n]
		y[n], d[n] = Value(v), Slope(v)
	}
}

// sigmoid returns what TanhValue multiplies x by, and the derivative of TanhValue.
func sigmoid(x float32) (s, slope float32) {
	t := float32(x * x)
	z := float32(x * f32vec.FMA(t, coef.Cubic, coef.Twice))
	e := f32softmax.Exp(-z)
	s = 1 / (1 + e)
	p := float32(s*e) * s // s(1-s)
	return s, f32vec.FMA(float32(x*p), f32vec.FMA(t, 3*coef.Cubic, coef.Twice), s)
}

// TanhValue returns the approximation of gelu(x).
func TanhValue(x float32) float32 {
	s, _ := sigmoid(x)
	return f32vec.Flush(x * s)
}

// TanhSlope returns the derivative of TanhValue at x.
func TanhSlope(x float32) float32 {
	_, d := sigmoid(x)
	return f32vec.Flush(d)
}

// TanhGrad returns dy times the derivative of TanhValue at x.
func TanhGrad(x, dy float32) float32 {
	_, d := sigmoid(x)
	return f32vec.Flush(dy * d)
}

// TanhValues sets y[i] = TanhValue(x[i]); y may be x.
func TanhValues(i isa.ISA, y, x []float32) {
	sameLen(len(y), len(x))
	for n := tanhValuesVec(i, y, x); n < len(y); n++ {
		y[n] = TanhValue(x[n])
	}
}

// TanhGrads sets dx[i] = TanhGrad(x[i], dy[i]); dx may be x or dy.
func TanhGrads(i isa.ISA, dx, x, dy []float32) {
	sameLen(len(dx), len(x))
	sameLen(len(dx), len(dy))
	for n := tanhGradsVec(i, dx, x, dy); n < len(dx); n++ {
		dx[n] = TanhGrad(x[n], dy[n])
	}
}

// TanhBoth sets y[i] = TanhValue(x[i]) and d[i] = TanhSlope(x[i]); d or y may be x.
func TanhBoth(i isa.ISA, y, d, x []float32) {
	sameLen(len(y), len(x))
	sameLen(len(d), len(x))
	for n := tanhBothVec(i, y, d, x); n < len(x); n++ {
		v := x[n]
		y[n], d[n] = TanhValue(v), TanhSlope(v)
	}
}

func sameLen(n, m int) {
	if n != m {
		panic("f32gelu: operands of different length")
	}
}
