package f32vec

import "math"

// Pow returns x**y, with the special cases of IEEE 754's pow.
func Pow(x, y float32) float32 { return Flush(float32(pow64(widen(x), widen(y)))) }

// Pow64 returns x**y, with the special cases of IEEE 754's pow; denormals count as zero.
func Pow64(x, y float64) float64 { return flush64(pow64(flush64(x), flush64(y))) }

func pow64(x, y float64) float64 {
	switch {
	case y == 0 || x == 1:
		return 1
	case x != x || y != y:
		return math.NaN()
	}
	neg := x < 0 && isOdd(y)
	a := math.Abs(x)
	switch {
	case math.IsInf(y, 0):
		if a == 1 {
			return 1
		}
		if (a > 1) == (y > 0) {
			return math.Inf(1)
		}
		return 0
	case a == 0 || math.IsInf(x, 0):
		r := 0.0
		if (a == 0) != (y > 0) {
			r = math.Inf(1)
		}
		if neg {
			r = -r
		}
		return r
	case x < 0 && math.Floor(y) != y:
		return math.NaN()
	}
	r := powPositive(a, y)
	if neg {
		r = -r
	}
	return r
}

// isOdd reports whether y is an odd integer.
func isOdd(y float64) bool {
	return math.Abs(y) < 1<<53 && math.Floor(y) == y && int64(y)&1 == 1
}

// powPositive is e**(y log x) for finite positive x and finite y; the logarithm is taken to 2**-60, as its error is
// multiplied by y log x, which can be 700.
func powPositive(x, y float64) float64 {
	hi, lo := logTwo(x)
	p := float64(y * hi)
	switch {
	case p > exp64Range:
		return math.Inf(1)
	case p < -exp64Range:
		return 0
	}
	n, u := expParts64(p, math.FMA(y, hi, -p)+float64(y*lo))
	return scale2(1+u, n)
}
