package f32vec

import (
	"math"
	"testing"
)

// TestArcs holds the inverse and hyperbolic functions against package math.
func TestArcs(t *testing.T) {
	for name, f := range map[string]struct {
		got, want func(x float64) float64
		lo, hi    float64
	}{
		"atan":   {Atan64, math.Atan, -50, 50},
		"asin":   {Asin64, math.Asin, -1, 1},
		"acos":   {Acos64, math.Acos, -1, 1},
		"tan":    {Tan64, math.Tan, -1.5, 1.5},
		"sinh":   {Sinh64, math.Sinh, -60, 60},
		"cosh":   {Cosh64, math.Cosh, -60, 60},
		"asinh":  {Asinh64, math.Asinh, -1e10, 1e10},
		"asinh0": {Asinh64, math.Asinh, -2, 2},
		"acosh":  {Acosh64, math.Acosh, 1, 30},
		"atanh":  {Atanh64, math.Atanh, -0.999, 0.999},
		"cbrt":   {Cbrt64, math.Cbrt, -1000, 1000},
		"erfinv": {Erfinv64, math.Erfinv, -0.99999999, 0.99999999},
	} {
		const n = 3001
		for k := range n {
			x := f.lo + (f.hi-f.lo)*float64(k)/(n-1)
			got, want := f.got(x), f.want(x)
			if math.Abs(got-want) > 4e-15*(1+math.Abs(want)) && !(got != got && want != want) {
				t.Fatalf("%s(%v) = %v, want %v", name, x, got, want)
			}
		}
	}
	inf, nan := math.Inf(1), math.NaN()
	for _, c := range []struct{ got, want float64 }{
		{Atan64(inf), math.Pi / 2},
		{Atan64(-inf), -math.Pi / 2},
		{Atan64(nan), nan},
		{Asin64(1.5), nan},
		{Acos64(-1.5), nan},
		{Sinh64(inf), inf},
		{Sinh64(-inf), -inf},
		{Cosh64(-inf), inf},
		{Asinh64(-inf), -inf},
		{Acosh64(0.5), nan},
		{Acosh64(inf), inf},
		{Atanh64(1), inf},
		{Atanh64(-1), -inf},
		{Atanh64(2), nan},
		{Cbrt64(-inf), -inf},
		{Cbrt64(0), 0},
		{Erfinv64(1), inf},
		{Erfinv64(-1), -inf},
		{Erfinv64(1.1), nan},
		{Atan264(1, -1), math.Atan2(1, -1)},
		{Atan264(-1, -1), math.Atan2(-1, -1)},
		{Atan264(0, -1), math.Pi},
		{Atan264(2, 0), math.Pi / 2},
		{Atan264(inf, -inf), 3 * math.Pi / 4},
		{Atan264(inf, inf), math.Pi / 4},
		{Atan264(1, nan), nan},
	} {
		if c.got != c.want && math.Abs(c.got-c.want) > 1e-15 && !(c.got != c.got && c.want != c.want) {
			t.Errorf("got %v, want %v", c.got, c.want)
		}
	}
}
