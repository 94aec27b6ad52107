// Package poly is the constants of f32vec's functions in float32: what the Go code and the generator of the vector kernels must
// agree on to the last bit. Polynomials list their coefficients lowest first; all are Chebyshev fits.
package poly

const (
	// Log2e is 1/ln 2, and Ln2 is ln 2.
	Log2e = 1.4426950408889634
	Ln2   = 0.6931471805599453
	// RoundMagic added to and taken from a float64 below 2**51 rounds it to an integer, which then
	// stands in the low bits of the sum.
	RoundMagic = 0x1.8p52
	// ExpRange is beyond what the exponential as a float32 can show, and far inside what float64 can.
	ExpRange = 200
	// TanhRange is where tanh has long been 1.
	TanhRange = 30
	// SqrtHalfBits are the bits of sqrt(1/2): the logarithm's mantissas are taken from [sqrt(1/2), sqrt 2).
	SqrtHalfBits = 0x3fe6a09e667f3bcd
	// ErfcxShift belongs to Erfcx.
	ErfcxShift = 1.5
	// ErfcRange is beyond the last x whose erfc a normal float32 can hold.
	ErfcRange = 10
)

// Expm1 approximates (e**r - 1)/r for |r| <= ln2/2, relative error 2.7e-10 (Chebyshev fit).
var Expm1 = [...]float64{
	1.0,
	0.5000000047401394,
	0.1666666671931248,
	0.04166635163844457,
	0.008333298344023092,
	0.0013941213100006334,
	0.00019899390183679232,
}

// Log approximates (2 atanh(s)/s - 2)/z with z = s*s for z <= 0.0296, relative error 1.1e-11.
var Log = [...]float64{
	0.6666666666739516,
	0.39999998770080447,
	0.2857176008578298,
	0.22191049440932323,
	0.19369462304677365,
}

// Erf approximates erf(sqrt z)/sqrt z for 0 <= z <= 1, relative error 3.7e-11.
var Erf = [...]float64{
	1.1283791670615435,
	-0.3761263846802871,
	0.11283782495236845,
	-0.026865430727670243,
	0.005221031807858023,
	-0.0008484080405535107,
	0.00011265959025606609,
	-9.667044571486996e-06,
}

// Erfcx approximates exp(x*x) erfc(x) / w with w = 1/(x + ErfcxShift) for 1 <= x <= 10, relative error 2.5e-10.
var Erfcx = [...]float64{
	0.5641885587287635,
	0.8463532993694434,
	0.9853134894098571,
	0.668583687082906,
	-0.8891265760595776,
	0.462622625707064,
	-13.45462159455166,
	37.563383951942164,
	-41.50193765396683,
	17.467209610601202,
}
