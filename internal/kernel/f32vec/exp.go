package f32vec

import (
	"math"

	"github.com/dlrun/dlrun/internal/kernel/f32vec/poly"
)

const (
	ln2hi = 0.6931471804855391 // 33 bits, so that its product with an exponent is exact
	ln2lo = 7.440617110012397e-11
)

// expParts returns s = 2**n and u = e**r - 1 with x = n ln2 + r, for |x| <= poly.ExpRange: e**x is s + s*u.
func expParts(x float64) (s, u float64) {
	t := float64(x*poly.Log2e) + poly.RoundMagic
	n := t - poly.RoundMagic
	r := x - float64(n*poly.Ln2)
	s = math.Float64frombits(math.Float64bits(t)<<52 + 0x3ff<<52)
	q := poly.Expm1[6]
	q = float64(q*r) + poly.Expm1[5]
	q = float64(q*r) + poly.Expm1[4]
	q = float64(q*r) + poly.Expm1[3]
	q = float64(q*r) + poly.Expm1[2]
	q = float64(q*r) + poly.Expm1[1]
	q = float64(q*r) + poly.Expm1[0]
	return s, float64(q * r)
}

// clampExp limits x to what expParts accepts; a NaN passes.
func clampExp(x float64) float64 {
	if x > poly.ExpRange {
		return poly.ExpRange
	}
	if x < -poly.ExpRange {
		return -poly.ExpRange
	}
	return x
}

// exp32 is e**x to about 3e-10, for x of any size that came from a float32.
func exp32(x float64) float64 {
	s, u := expParts(clampExp(x))
	return float64(s * (1 + u))
}

// expm132 is e**x - 1 to about 3e-10, relative.
func expm132(x float64) float64 {
	s, u := expParts(clampExp(x))
	return float64(s*u) + (s - 1)
}

// Exp returns e**x.
func Exp(x float32) float32 { return Flush(float32(exp32(widen(x)))) }

// Expm1 returns e**x - 1, also where x is near 0.
func Expm1(x float32) float32 { return Flush(float32(expm132(widen(x)))) }

// Sigmoid returns 1 / (1 + e**-x).
func Sigmoid(x float32) float32 { return Flush(float32(1 / (1 + exp32(-widen(x))))) }

// Tanh returns the hyperbolic tangent of x.
func Tanh(x float32) float32 {
	v := widen(x)
	a := math.Abs(v)
	if a > poly.TanhRange {
		a = poly.TanhRange
	}
	// tanh a = (e**2a - 1)/(e**2a + 1); expm1 keeps the precision near 0.
	s, u := expParts(2 * a)
	m := float64(s*u) + (s - 1)
	return Flush(float32(math.Copysign(m/(m+2), v)))
}

// Softplus returns log(1 + e**x).
func Softplus(x float32) float32 {
	v := widen(x)
	return Flush(float32(max(v, 0) + log1p32(exp32(-math.Abs(v)))))
}

// expTaylor holds 1/k! for k = 2..13.
var expTaylor = [...]float64{
	1.0 / 2, 1.0 / 6, 1.0 / 24, 1.0 / 120, 1.0 / 720, 1.0 / 5040, 1.0 / 40320, 1.0 / 362880,
	1.0 / 3628800, 1.0 / 39916800, 1.0 / 479001600, 1.0 / 6227020800,
}

// expParts64 returns n and u = e**r - 1 with hi + lo = n ln2 + r, for |hi| < 2**20 and lo far below hi's ulp
// or zero.
func expParts64(hi, lo float64) (n int, u float64) {
	t := float64(hi*poly.Log2e) + poly.RoundMagic
	k := t - poly.RoundMagic
	a := hi - float64(k*ln2hi) // exact
	b := float64(k*ln2lo) - lo
	r := a - b
	c := (a - r) - b // what r lost
	p := horner(r, expTaylor[:])
	return int(k), r + (c + float64(float64(r*r)*p))
}

// horner evaluates the polynomial with coefficients c, lowest first, unfused.
func horner(x float64, c []float64) float64 {
	p := c[len(c)-1]
	for i := len(c) - 2; i >= 0; i-- {
		p = float64(p*x) + c[i]
	}
	return p
}

// pow2 returns 2**n for -1022 <= n <= 1023.
func pow2(n int) float64 { return math.Float64frombits(uint64(n+1023) << 52) }

// scale2 returns x * 2**n for 1/4 < x < 4 and |n| < 1200, with results below the normal range taken for zero.
func scale2(x float64, n int) float64 {
	switch {
	case n > 1000:
		return float64(x*pow2(n-200)) * 0x1p200
	case n < -1000:
		return flush64(float64(x*pow2(n+200)) * 0x1p-200)
	}
	return float64(x * pow2(n))
}

// exp64Range is where e**x has long left float64.
const exp64Range = 760

// Exp64 returns e**x.
func Exp64(x float64) float64 {
	switch {
	case x != x:
		return math.NaN()
	case x > exp64Range:
		return math.Inf(1)
	case x < -exp64Range:
		return 0
	}
	n, u := expParts64(x, 0)
	return scale2(1+u, n)
}

// Expm164 returns e**x - 1, also where x is near 0.
func Expm164(x float64) float64 {
	switch {
	case x != x:
		return math.NaN()
	case x > exp64Range:
		return math.Inf(1)
	case x < -50:
		return -1
	}
	n, u := expParts64(x, 0)
	if n > 1000 {
		return scale2(1+u, n)
	}
	s := pow2(n)
	return flush64(float64(s*u) + (s - 1))
}

// Sigmoid64 returns 1 / (1 + e**-x).
func Sigmoid64(x float64) float64 { return flush64(1 / (1 + Exp64(-x))) }

// Tanh64 returns the hyperbolic tangent of x.
func Tanh64(x float64) float64 {
	m := Expm164(2 * min(math.Abs(x), poly.TanhRange))
	return flush64(math.Copysign(m/(m+2), x))
}

// Softplus64 returns log(1 + e**x).
func Softplus64(x float64) float64 {
	return flush64(max(x, 0) + Log1p64(Exp64(-math.Abs(x))))
}
