package cpu

import (
	"math"

	"github.com/dlrun/dlrun/internal/kernel/f32vec"
)

// bessel is the modified Bessel function of the first kind, of order 0 or 1: its power series up to 30, its asymptotic series
// beyond (Abramowitz and Stegun, 9.6.12 and 9.7.1).
func bessel(order int, x float64) float64 {
	z := math.Abs(x)
	sign := 1.0
	if order == 1 && x < 0 {
		sign = -1
	}
	if z > 30 {
		mu := float64(4 * order * order)
		sum, term := 1.0, 1.0
		for k := 1; k < 60; k++ {
			odd := float64(2*k - 1)
			term *= -(mu - odd*odd) / (float64(8*k) * z)
			sum += term
			if math.Abs(term) < 1e-17*math.Abs(sum) {
				break
			}
		}
		half := f32vec.Exp64(z / 2) // twice half of the exponent: e^z itself may be too large
		return sign * half * (sum / math.Sqrt(2*math.Pi*z)) * half
	}
	q := z * z / 4
	term := 1.0
	if order == 1 {
		term = z / 2
	}
	sum := term
	for k := 1; k < 200; k++ {
		term *= q / float64(k*(k+order))
		sum += term
		if term < 1e-17*sum {
			break
		}
	}
	return sign * sum
}

// logGamma is ln Γ(x) of x > 0 by Stirling's series, after the recursion has made x large.
func logGamma(x float64) float64 {
	p := 1.0
	for x < 12 {
		p *= x
		x++
	}
	r := 1 / (x * x)
	series := 0.0
	for _, c := range [...]float64{1. / 156, -691. / 360360, 1. / 1188, -1. / 1680, 1. / 1260, -1. / 360, 1. / 12} {
		series = float64(series*r) + c
	}
	return float64((x-0.5)*f32vec.Log64(x)) - x + 0.91893853320467274178 + series/x - f32vec.Log64(p)
}

// digamma is the derivative of ln Γ(x) of x > 0.
func digamma(x float64) float64 {
	y := 0.0
	for x < 12 {
		y -= 1 / x
		x++
	}
	r := 1 / (x * x)
	series := 0.0
	for _, c := range [...]float64{-1. / 12, 691. / 32760, -1. / 132, 1. / 240, -1. / 252, 1. / 120, -1. / 12} {
		series = float64(series*r) + c
	}
	return y + f32vec.Log64(x) - 1/(2*x) + float64(series*r)
}

// gammainc is the regularized lower incomplete gamma function P(a, x) = γ(a, x)/Γ(a) by its power series, and its derivatives
// with respect to a and x.
func gammainc(a, x float64) (p, da, dx float64) {
	switch {
	case a != a || x != x || a < 0 || x < 0:
		return math.NaN(), math.NaN(), math.NaN()
	case x == 0 || math.IsInf(a, 1):
		return 0, 0, 0
	case a == 0 || x > 2*a+2000:
		return 1, 0, 0
	}
	log := f32vec.Log64(x)
	density := f32vec.Exp64(float64((a-1)*log) - x - logGamma(a)) // dP/dx
	term, psi := density*x/a, digamma(a+1)
	for n := 1; n < 20000; n++ {
		p += term
		da += float64(term * (log - psi))
		z := a + float64(n)
		psi += 1 / z
		term *= x / z
		if z > x && term < 1e-18*p {
			break
		}
	}
	return min(p, 1), da, density
}

// nextAfter is the float32 next to x on the way to y.
func nextAfter(x, y float64) float64 { return float64(math.Nextafter32(float32(x), float32(y))) }
