// Package coef is the constants of f32softmax's exponential: what the Go code and the generator of the
// vector kernels must agree on to the last bit.
package coef

const (
	// Least is below which the exponential is 0: e**-87 is a normal float32 yet.
	Least = -87
	// Most is where the exponential stops growing: e**88 is finite.
	Most = 88
	// Log2e is 1/ln 2.
	Log2e = 1.44269504
	// Ln2hi and Ln2lo add up to ln 2; n*Ln2hi is exact for the n that occur.
	Ln2hi = 0.693359375
	Ln2lo = -2.12194440e-4
	// RoundMagic added to a float32 below 2**22 rounds it to an integer, which then stands in the low bits
	// of the sum.
	RoundMagic = 0x1.8p23
)

// Poly approximates e**r for |r| <= ln2/2, lowest coefficient first (S. Moshier, Cephes library, expf.c).
var Poly = [...]float32{1, 1, 5.0000001201e-1, 1.6666665459e-1, 4.1665795894e-2, 8.3334519073e-3, 1.3981999507e-3, 1.9875691500e-4}
