package f32vec

import "github.com/dlrun/dlrun/internal/kernel/isa"

// unary applies the scalar f to what the vector kernel of op left over. The slices have the same length; they
// may be the same slice, but must not overlap otherwise.
func unary(i isa.ISA, op op, dst, src []float32, f func(float32) float32) {
	sameLen(len(dst), len(src))
	for n := vecUnary(i, op, dst, src); n < len(dst); n++ {
		dst[n] = f(src[n])
	}
}

// sameLen panics unless the operands of a sweep have one length, before anything is written.
func sameLen(n int, others ...int) {
	for _, m := range others {
		if m != n {
			panic("f32vec: operands of different length")
		}
	}
}

// ExpSlice sets dst[i] = Exp(src[i]).
func ExpSlice(i isa.ISA, dst, src []float32) { unary(i, opExp, dst, src, Exp) }

// Expm1Slice sets dst[i] = Expm1(src[i]).
func Expm1Slice(i isa.ISA, dst, src []float32) { unary(i, opExpm1, dst, src, Expm1) }

// LogSlice sets dst[i] = Log(src[i]).
func LogSlice(i isa.ISA, dst, src []float32) { unary(i, opLog, dst, src, Log) }

// Log1pSlice sets dst[i] = Log1p(src[i]).
func Log1pSlice(i isa.ISA, dst, src []float32) { unary(i, opNone, dst, src, Log1p) }

// TanhSlice sets dst[i] = Tanh(src[i]).
func TanhSlice(i isa.ISA, dst, src []float32) { unary(i, opTanh, dst, src, Tanh) }

// SigmoidSlice sets dst[i] = Sigmoid(src[i]).
func SigmoidSlice(i isa.ISA, dst, src []float32) { unary(i, opSigmoid, dst, src, Sigmoid) }

// SoftplusSlice sets dst[i] = Softplus(src[i]).
func SoftplusSlice(i isa.ISA, dst, src []float32) { unary(i, opNone, dst, src, Softplus) }

// ErfSlice sets dst[i] = Erf(src[i]).
func ErfSlice(i isa.ISA, dst, src []float32) { unary(i, opErf, dst, src, Erf) }

// ErfcSlice sets dst[i] = Erfc(src[i]).
func ErfcSlice(i isa.ISA, dst, src []float32) { unary(i, opNone, dst, src, Erfc) }

// SinSlice sets dst[i] = Sin(src[i]).
func SinSlice(i isa.ISA, dst, src []float32) { unary(i, opNone, dst, src, Sin) }

// CosSlice sets dst[i] = Cos(src[i]).
func CosSlice(i isa.ISA, dst, src []float32) { unary(i, opNone, dst, src, Cos) }

// PowSlice sets dst[i] = Pow(x[i], y[i]).
func PowSlice(_ isa.ISA, dst, x, y []float32) {
	sameLen(len(dst), len(x), len(y))
	for n := range dst {
		dst[n] = Pow(x[n], y[n])
	}
}
