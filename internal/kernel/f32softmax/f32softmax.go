// Package f32softmax is the inner loop of a softmax: exponentials of differences and their sum, with the
// same bits on every processor.
//
// Its exponential is made for arguments up to about 0, as there are after a row's largest element has
// been subtracted: it is computed in float32 with fused multiply-adds, errs by at most 1 ulp, is 0 below
// -87, and stops growing at 88. That of package f32vec is more exact and takes three times as long.
package f32softmax

import (
	"math"

	"github.com/dlrun/dlrun/internal/kernel/f32softmax/coef"
	"github.com/dlrun/dlrun/internal/kernel/f32vec"
	"github.com/dlrun/dlrun/internal/kernel/isa"
)

// Lanes is how many partial sums run side by side: element i belongs to lane i mod Lanes.
const Lanes = 16

// nothing is a vector whose exponentials are 0.
var nothing = func() (v [Lanes]float32) {
	for i := range v {
		v[i] = float32(math.Inf(-1))
	}
	return v
}()

// Exp returns e**x for x up to 88, e**88 above, 0 below -87 and the quiet NaN of a NaN. The error is at
// most 1 ulp.
func Exp(x float32) float32 {
	if x != x {
		return f32vec.Flush(x)
	}
	if x < coef.Least {
		return 0
	}
	x = min(x, coef.Most)
	// x = n ln2 + r; n stands in the low bits of t.
	t := f32vec.FMA(x, coef.Log2e, coef.RoundMagic)
	n := t - coef.RoundMagic
	r := f32vec.FMA(n, -coef.Ln2hi, x)
	r = f32vec.FMA(n, -coef.Ln2lo, r)
	p := float32(coef.Poly[len(coef.Poly)-1])
	for i := len(coef.Poly) - 2; i >= 0; i-- {
		p = f32vec.FMA(p, r, coef.Poly[i])
	}
	return math.Float32frombits(math.Float32bits(p) + math.Float32bits(t)<<23)
}

// ExpSum sets dst[i] = Exp(src[i] - shift) and returns the sum of dst: each lane adds its elements in
// order, then the lanes are added as a tree, l to l+8, to l+4, to l+2, to l+1. dst may be src.
func ExpSum(i isa.ISA, dst, src []float32, shift float32) float32 {
	if len(dst) != len(src) {
		panic("f32softmax: operands of different length")
	}
	var l [Lanes]float32
	n := expSumVec(i, dst, src, shift, &l)
	if i != isa.Generic && n < len(dst) {
		// The rest as a whole vector, which adds zeros.
		rest := nothing
		copy(rest[:], src[n:])
		expSumVec(i, rest[:], rest[:], shift, &l)
		n += copy(dst[n:], rest[:])
	}
	for ; n < len(dst); n++ {
		dst[n] = Exp(src[n] - shift)
		l[n%Lanes] += dst[n]
	}
	for h := Lanes / 2; h > 0; h /= 2 {
		for i := range h {
			l[i] += l[i+h]
		}
	}
	return f32vec.Flush(l[0])
}
