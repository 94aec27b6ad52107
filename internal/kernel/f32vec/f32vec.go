// Package f32vec is the elementwise mathematics and the one-dimensional sweeps of the CPU kernels, with
// the same bits on every processor.
//
// # Functions
//
// Each function exists three times. Exp(x float32) is the definition. ExpSlice(isa, dst, src) does the
// same to a slice, by vector instructions where the instruction set has them and with the bits of the
// definition. Exp64(x float64) is for schedules, initializers and other scalar work in float64; it too
// has the same bits everywhere, which math.Exp does not promise.
//
// The float32 functions are evaluated in float64 by additions, multiplications and divisions that are
// each rounded once and never fused, with polynomials accurate to about 3e-10, and rounded to float32 at
// the end: the error is at most 0.52 ulp. The float64 functions err by a few ulp at most.
//
// # What is stored
//
// A denormal counts as zero, and there is one zero and one NaN: each float32 that a function or a sweep
// of this package stores has passed through Flush, which turns every value below the smallest normal
// float32 in magnitude, -0 included, into +0, and every NaN into the quiet NaN 0x7fc00000. Denormal
// arguments of the functions are taken for zero. So no result depends on the processor's
// flush-to-zero mode, and decaying averages never reach the slow denormals.
//
// # Words
//
// A sweep is a loop over whole slices, such as Add or Adam. Lanes are the 16 partial sums of SumLanes.
package f32vec

import "math"

// MinNormal is the smallest positive normal float32, 2**-126.
const MinNormal = 0x1p-126

// minNormal64 is the smallest positive normal float64.
const minNormal64 = 0x1p-1022

const (
	signBit = 1 << 31
	nanBits = 0x7fc00000
)

// Flush returns x as the kernels store it: +0 if |x| is below MinNormal (so also for -0), the quiet NaN
// 0x7fc00000 if x is a NaN, and x otherwise.
func Flush(x float32) float32 {
	if a := math.Float32bits(x) &^ signBit; a-0x00800000 > 0x7f800000-0x00800000 {
		return settle(a)
	}
	return x
}

// settle is the rare half of Flush: a is |x|'s bits, of a zero, a denormal or a NaN.
func settle(a uint32) float32 {
	if a > 0x7f800000 {
		return math.Float32frombits(nanBits)
	}
	return 0
}

// flush64 is Flush for float64: denormals and -0 become +0, a NaN becomes math.NaN().
func flush64(x float64) float64 {
	if math.Abs(x) >= minNormal64 {
		return x
	}
	if x != x {
		return math.NaN()
	}
	return 0
}

// widen returns x in float64, with denormals taken for zero.
func widen(x float32) float64 {
	if math.Float32bits(x)&0x7f800000 == 0 {
		return 0
	}
	return float64(x)
}

// FMA returns a*b + c, rounded once to float32, as one fused multiply-add instruction does.
//
// The product of two float32 is exact in float64. Rounding the sum first to float64 and then to float32
// would be wrong only where the float64 lies exactly between two float32, or where the float32 is
// denormal; there the sum is rounded to odd first (Boldo and Melquiond, "Emulation of FMA and correctly
// rounded sums: proved algorithms using rounding to odd", IEEE Transactions on Computers 57, 2008).
func FMA(a, b, c float32) float32 {
	return fma64(float64(a)*float64(b), float64(c))
}

// fma64 returns p + c rounded once to float32, where p is the exact product of two float32 and c is a float32.
func fma64(p, c float64) float32 {
	s := p + c
	if OneRounding(s) {
		return float32(s)
	}
	return RoundOdd(p, c, s)
}

// OneRounding reports whether float32(s) is p + c rounded once, given s = p + c in float64. With RoundOdd it is FMA taken apart
// for inner loops, where a call for each element would cost too much.
func OneRounding(s float64) bool {
	// The low 29 bits are those that float32 has not; a zero sum is exact.
	u := math.Float64bits(s)
	return u&0x1fffffff != 0x10000000 && u<<1-1 >= 0x3810000000000000<<1-1
}

// RoundOdd returns p + c rounded once to float32, where p is the exact product of two float32, c is a float32 and s = p + c in
// float64.
//
//go:noinline
func RoundOdd(p, c, s float64) float32 {
	// TwoSum: s + e is p + c exactly. Neither p nor c can be so small that this underflows.
	t := s - p
	e := (p - (s - t)) + (c - t)
	if e != 0 && !math.IsInf(s, 0) && s == s {
		u := math.Float64bits(s)
		if u&1 == 0 {
			// Of the two float64 on either side of p + c, the odd one: s's neighbour towards e.
			if (e > 0) == (s > 0) {
				u++
			} else {
				u--
			}
			s = math.Float64frombits(u)
		}
	}
	return float32(s)
}
