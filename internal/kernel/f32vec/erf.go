package f32vec

import (
	"math"

	"github.com/dlrun/dlrun/internal/kernel/f32vec/poly"
)

// erfNear32 is erf for |x| <= 1.
func erfNear32(x float64) float64 {
	z := x * x
	p := poly.Erf[7]
	p = float64(p*z) + poly.Erf[6]
	p = float64(p*z) + poly.Erf[5]
	p = float64(p*z) + poly.Erf[4]
	p = float64(p*z) + poly.Erf[3]
	p = float64(p*z) + poly.Erf[2]
	p = float64(p*z) + poly.Erf[1]
	p = float64(p*z) + poly.Erf[0]
	return float64(x * p)
}

// erfcFar32 is erfc for 1 <= x <= poly.ErfcRange.
func erfcFar32(x float64) float64 {
	w := 1 / (x + poly.ErfcxShift)
	p := poly.Erfcx[9]
	p = float64(p*w) + poly.Erfcx[8]
	p = float64(p*w) + poly.Erfcx[7]
	p = float64(p*w) + poly.Erfcx[6]
	p = float64(p*w) + poly.Erfcx[5]
	p = float64(p*w) + poly.Erfcx[4]
	p = float64(p*w) + poly.Erfcx[3]
	p = float64(p*w) + poly.Erfcx[2]
	p = float64(p*w) + poly.Erfcx[1]
	p = float64(p*w) + poly.Erfcx[0]
	s, u := expParts(-float64(x * x))
	return float64(float64(s*(1+u)) * float64(p*w))
}

// Erf returns the error function of x, 2/sqrt(pi) times the integral of e**-t*t from 0 to x.
func Erf(x float32) float32 {
	v := widen(x)
	a := math.Abs(v)
	if a > poly.ErfcRange {
		a = poly.ErfcRange
	}
	r := erfNear32(a)
	if a > 1 {
		r = 1 - erfcFar32(a)
	}
	return Flush(float32(math.Copysign(r, v)))
}

// Erfc returns 1 - Erf(x), also where Erf(x) is near 1.
func Erfc(x float32) float32 {
	v := widen(x)
	a := min(math.Abs(v), poly.ErfcRange)
	switch {
	case v > 1:
		return Flush(float32(erfcFar32(a)))
	case v < -1:
		return Flush(float32(2 - erfcFar32(a)))
	}
	return Flush(float32(1 - erfNear32(v)))
}

// erfPoly64 is erfPoly to 1e-17.
var erfPoly64 = [...]float64{
	1.1283791670955126,
	-0.37612638903183543,
	0.11283791670945006,
	-0.02686617064323777,
	0.0052239776071164225,
	-0.0008548325975389692,
	0.00012055294904839707,
	-1.492473690741966e-05,
	1.6447424703317362e-06,
	-1.6208483801871705e-07,
	1.3720064546777686e-08,
	-7.795898827002142e-10,
}

// erfcxPoly64 approximates exp(x*x) erfc(x) / w with w = 1/(x + 2.5) for 1 <= x <= 27.5, as a polynomial in
// (w - erfcxMid)*erfcxScale, which runs over -1..1; relative error 2.3e-17.
var erfcxPoly64 = [...]float64{
	0.9084076193971014,
	0.4044191655776498,
	0.14231418625261721,
	0.03658861174280076,
	0.005364677595953769,
	-0.0002492269460866909,
	-0.0002924961229045641,
	-2.6560105989281686e-05,
	1.4871697208272878e-05,
	2.7644735810499882e-06,
	-9.653350767591176e-07,
	-2.2231943233067285e-07,
	8.335436318601275e-08,
	1.5882553271128517e-08,
	-8.621403051491028e-09,
	-7.909943028095756e-10,
	8.873827922058583e-10,
	-1.7848830712789946e-11,
	-6.33579714328508e-11,
	7.206863244921552e-12,
}

const (
	erfcxShift64 = 2.5
	erfcxMid     = 0.1595238095238095
	erfcxScale   = 7.9245283018867925
	erfcRange64  = 27.5
)

func erfNear64(x float64) float64 {
	z := x * x
	return float64(x * horner(z, erfPoly64[:]))
}

func erfcFar64(x float64) float64 {
	w := 1 / (x + erfcxShift64)
	p := float64(w * horner((w-erfcxMid)*erfcxScale, erfcxPoly64[:]))
	// x*x must be known beyond float64: an error there is multiplied by x*x.
	sq := float64(x * x)
	n, u := expParts64(-sq, -math.FMA(x, x, -sq))
	return scale2(float64(p*(1+u)), n)
}

// Erf64 returns the error function of x.
func Erf64(x float64) float64 {
	a := math.Abs(x)
	switch {
	case x != x:
		return math.NaN()
	case a <= 1:
		return flush64(erfNear64(x))
	}
	return math.Copysign(1-erfcFar64(min(a, 6)), x)
}

// Erfc64 returns 1 - Erf64(x), also where Erf64(x) is near 1.
func Erfc64(x float64) float64 {
	switch {
	case x != x:
		return math.NaN()
	case x > erfcRange64:
		return 0
	case x > 1:
		return erfcFar64(x)
	case x < -1:
		return 2 - erfcFar64(min(-x, 6))
	}
	return 1 - erfNear64(x)
}
