package f32vec

import (
	"math"

	"github.com/dlrun/dlrun/internal/kernel/f32vec/poly"
)

// logParts splits a positive normal x into 2**e * m with m in [sqrt(1/2), sqrt 2).
func logParts(x float64) (e, m float64) {
	i := math.Float64bits(x) + (0x3ff0000000000000 - poly.SqrtHalfBits)
	e = float64(int(i>>52) - 1023)
	m = math.Float64frombits(i&(1<<52-1) + poly.SqrtHalfBits)
	return e, m
}

// logSum returns log((1 + s)/(1 - s)) = 2 atanh s.
func logSum(s float64) float64 {
	z := s * s
	p := poly.Log[4]
	p = float64(p*z) + poly.Log[3]
	p = float64(p*z) + poly.Log[2]
	p = float64(p*z) + poly.Log[1]
	p = float64(p*z) + poly.Log[0]
	return float64(s * (2 + float64(z*p)))
}

// log32 is the natural logarithm to about 1e-11; the logarithm of zero is -Inf, of less a NaN.
func log32(x float64) float64 {
	switch {
	case x > math.MaxFloat64 || x != x:
		return x
	case x < 0:
		return math.NaN()
	case x == 0:
		return math.Inf(-1)
	}
	e, m := logParts(x)
	f := m - 1
	return float64(e*poly.Ln2) + logSum(f/(2+f))
}

// log1p32 is log(1 + x) to about 1e-11, relative.
func log1p32(x float64) float64 {
	if x > -0.29 && x < 0.41 {
		return logSum(x / (2 + x))
	}
	return log32(1 + x)
}

// Log returns the natural logarithm of x: -Inf at 0, a NaN below.
func Log(x float32) float32 { return Flush(float32(log32(widen(x)))) }

// Log1p returns log(1 + x), also where x is near 0.
func Log1p(x float32) float32 { return Flush(float32(log1p32(widen(x)))) }

// atanhTaylor holds 2/(2k+1) for k = 1..11.
var atanhTaylor = [...]float64{
	2.0 / 3, 2.0 / 5, 2.0 / 7, 2.0 / 9, 2.0 / 11, 2.0 / 13, 2.0 / 15, 2.0 / 17, 2.0 / 19, 2.0 / 21, 2.0 / 23,
}

// logTwo returns log(x) as hi + lo, to about 2**-60 relative, for a positive normal finite x.
func logTwo(x float64) (hi, lo float64) {
	e, m := logParts(x)
	f := m - 1 // exact
	d := m + 1
	dlo := m - (d - 1) // exact: d + dlo is m + 1
	s := f / d
	slo := (math.FMA(-s, d, f) - float64(s*dlo)) / d
	z := s * s
	t := float64(float64(s*z) * horner(z, atanhTaylor[:]))
	a := float64(e * ln2hi) // exact
	b := 2 * s
	hi = a + b
	v := hi - a
	lo = (a - (hi - v)) + (b - v)
	lo += float64(e*ln2lo) + (2*slo + t)
	sum := hi + lo
	return sum, lo - (sum - hi)
}

// Log64 returns the natural logarithm of x: -Inf at 0, a NaN below. A denormal counts as zero.
func Log64(x float64) float64 {
	switch {
	case x != x || x < 0 && flush64(x) != 0:
		return math.NaN()
	case x < minNormal64:
		return math.Inf(-1)
	case x > math.MaxFloat64:
		return x
	}
	hi, _ := logTwo(x)
	return flush64(hi)
}

// Log1p64 returns log(1 + x), also where x is near 0.
func Log1p64(x float64) float64 {
	if !(x > -0.29 && x < 0.41) {
		if math.Abs(x) > 0x1p60 || x != x {
			return Log64(x)
		}
		// 1 + x is u + c; the correction is c/u.
		u := 1 + x
		v := u - 1
		c := (1 - (u - v)) + (x - v)
		if u <= 0 {
			return Log64(u)
		}
		hi, lo := logTwo(u)
		return flush64(hi + (lo + c/u))
	}
	s := x / (2 + x)
	z := s * s
	return flush64(x - float64(s*(x-float64(z*horner(z, atanhTaylor[:])))))
}
