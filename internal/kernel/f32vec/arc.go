package f32vec

import "math"

// atanP and atanQ are Cephes' rational approximation of the arc tangent for |x| <= 0.66 (S. L. Moshier, Methods and Programs for
// Mathematical Functions, 1989: atan.c).
var (
	atanP = [...]float64{
		-6.485021904942025371773e+01, -1.228866684490136173410e+02, -7.500855792314704667340e+01, -1.615753718733365076637e+01,
		-8.750608600031904122785e-01,
	}
	atanQ = [...]float64{
		1.945506571482613964425e+02, 4.853903996359136964868e+02, 4.328810604912902668951e+02, 1.650270098316988542046e+02,
		2.485846490142306297962e+01, 1,
	}
)

// piLow is what pi/2 in float64 lacks.
const piLow = 6.123233995736765886130e-17

// Atan64 returns the arc tangent of x, in radians.
func Atan64(x float64) float64 {
	a := math.Abs(x)
	switch {
	case x != x:
		return x
	case a > 2.41421356237309504880: // tan(3 pi/8)
		return math.Copysign(math.Pi/2-(atanNear(1/a)-piLow), x)
	case a > 0.66:
		return math.Copysign(math.Pi/4+(atanNear((a-1)/(a+1))+0.5*piLow), x)
	}
	return flush64(atanNear(x))
}

func atanNear(x float64) float64 {
	z := float64(x * x)
	return x + float64(x*(float64(z*horner(z, atanP[:]))/horner(z, atanQ[:])))
}

// Atan264 returns the angle of the point (x, y), from -pi to pi.
func Atan264(y, x float64) float64 {
	switch {
	case x != x || y != y:
		return math.NaN()
	case y == 0:
		if x > 0 || x == 0 && !math.Signbit(x) {
			return y
		}
		return math.Copysign(math.Pi, y)
	case x == 0:
		return math.Copysign(math.Pi/2, y)
	case math.IsInf(x, 0) && math.IsInf(y, 0):
		if x > 0 {
			return math.Copysign(math.Pi/4, y)
		}
		return math.Copysign(3*math.Pi/4, y)
	}
	q := Atan64(y / x)
	if x < 0 {
		return q + math.Copysign(math.Pi, y)
	}
	return q
}

// Asin64 returns the arc sine of x, NaN beyond 1.
func Asin64(x float64) float64 { return Atan264(x, math.Sqrt(float64((1-x)*(1+x)))) }

// Acos64 returns the arc cosine of x, NaN beyond 1.
func Acos64(x float64) float64 { return 2 * Atan264(math.Sqrt(1-x), math.Sqrt(1+x)) }

// Tan64 returns the tangent of x radians.
func Tan64(x float64) float64 { return flush64(Sin64(x) / Cos64(x)) }

// Sinh64 returns the hyperbolic sine of x.
func Sinh64(x float64) float64 {
	a := math.Abs(x)
	if a > 40 {
		h := Exp64(a / 2)
		return math.Copysign(float64(0.5*h)*h, x)
	}
	e := Expm164(a)
	return flush64(math.Copysign(float64(0.5*(e+e/(e+1))), x))
}

// Cosh64 returns the hyperbolic cosine of x.
func Cosh64(x float64) float64 {
	h := Exp64(math.Abs(x) / 2)
	return float64(0.5*h)*h + float64(0.5/h)/h
}

// Asinh64 returns the inverse hyperbolic sine of x.
func Asinh64(x float64) float64 {
	a := math.Abs(x)
	if a > 1e9 {
		return math.Copysign(Log64(a)+math.Ln2, x)
	}
	sq := float64(a * a)
	return flush64(math.Copysign(Log1p64(a+sq/(1+math.Sqrt(sq+1))), x))
}

// Acosh64 returns the inverse hyperbolic cosine of x, NaN below 1.
func Acosh64(x float64) float64 {
	if x > 1e9 {
		return Log64(x) + math.Ln2
	}
	t := x - 1
	return Log1p64(t + math.Sqrt(float64(t*t)+2*t))
}

// Atanh64 returns the inverse hyperbolic tangent of x, NaN beyond 1.
func Atanh64(x float64) float64 {
	a := math.Abs(x)
	return flush64(math.Copysign(float64(0.5*Log1p64(2*a/(1-a))), x))
}

// Cbrt64 returns the cube root of x.
func Cbrt64(x float64) float64 {
	a := math.Abs(x)
	if a == 0 || math.IsInf(a, 0) || x != x {
		return x
	}
	y := Pow64(a, 1.0/3)
	y -= (y - a/float64(y*y)) / 3
	return math.Copysign(y, x)
}

// giles are the polynomials of the inverse error function near 0 and in the tails (M. Giles, "Approximating the erfinv function", GPU Computing Gems,
// 2012), good to float32; Erfinv64 adds two steps of Halley's.
var (
	gilesNear = [...]float64{
		1.50140941, 0.246640727, -0.00417768164, -0.00125372503, 0.00021858087, -4.39150654e-06, -3.5233877e-06, 3.43273939e-07, 2.81022636e-08,
	}
	gilesFar = [...]float64{
		2.83297682, 1.00167406, 0.00943887047, -0.0076224613, 0.00573950773, -0.00367342844, 0.00134934322, 0.000100950558, -0.000200214257,
	}
)

// Erfinv64 returns the number whose error function is x: infinite at 1 and -1, NaN beyond.
func Erfinv64(x float64) float64 {
	a := math.Abs(x)
	switch {
	case x != x || a > 1:
		return math.NaN()
	case a == 1:
		return math.Inf(int(x))
	}
	w := -Log64(float64((1 - a) * (1 + a)))
	y := 0.0
	if w < 5 {
		y = float64(a * horner(w-2.5, gilesNear[:]))
	} else {
		y = float64(a * horner(math.Sqrt(w)-3, gilesFar[:]))
	}
	for range 2 {
		e := 0.0 // how far off erf(y) is
		if a > 0.5 {
			e = (1 - a) - Erfc64(y)
		} else {
			e = Erf64(y) - a
		}
		e /= 2 / math.Sqrt(math.Pi) * Exp64(-float64(y*y))
		y -= e / (1 + float64(y*e))
	}
	return flush64(math.Copysign(y, x))
}
