// Package coef is the constants of f32gelu: what the Go code and the generator of the vector kernels must agree on to the last bit.
package coef

// Shift belongs to Tail.
const Shift = 0.41

// InvSqrt2Pi is 1/sqrt(2 pi).
const InvSqrt2Pi = 0.3989422804014327

// Tail approximates Q(u) exp(u*u/2) / t with t = 1/(1 + Shift*u), where Q(u) is the chance that a standard normal number exceeds u >= 0,
// lowest coefficient first (least squares at Chebyshev points, relative error 2e-7).
var Tail = [...]float32{
	0.16361865401268005, 0.1623632162809372, 0.1474720686674118, 0.023122822865843773,
	0.18359148502349854, -0.332836389541626, 0.19251075387001038, -0.0398426316678524,
}

// Twice and Cubic make of x the argument z = x (Twice + Cubic x*x) of the sigmoid that gelu's approximation multiplies x by: Twice is
// 2 sqrt(2/pi), and Cubic 0.044715 times that.
const (
	Twice = 1.5957691216057308
	Cubic = 0.07135481627162625
)
