// Package coef holds the numbers of package f32cell, for its Go code and for the generator of its assembly.
package coef

const (
	// Log2e is 1/ln 2.
	Log2e = 1.44269504088896340736
	// Ln2Hi and Ln2Lo add up to ln 2; Ln2Hi has 10 bits, so that its product with an exponent is exact.
	Ln2Hi = 0.693359375
	Ln2Lo = -2.12194440054690583e-4
	// Magic is 1.5 * 2**23: what is added to it loses its fraction.
	Magic = 12582912
	// SigmoidRange is where e**-x nears the smallest normal float32.
	SigmoidRange = 87
	// TanhRange is where tanh rounds to 1.
	TanhRange = 9.1
)

// Expm1 is a polynomial p with e**r - 1 = r*p(r) for |r| up to ln(2)/2, fitted to a relative error of 1.4e-8, from the constant on.
var Expm1 = [6]float32{0x1p0, 0x1.fffffep-2, 0x1.5554b2p-3, 0x1.5557p-5, 0x1.1226aap-7, 0x1.6b8ecp-10}
