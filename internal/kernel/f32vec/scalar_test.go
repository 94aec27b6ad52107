package f32vec

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

var (
	inf32 = float32(math.Inf(1))
	nan32 = float32(math.NaN())
)

// functions lists each function with its float64 form and the reference.
var functions = []struct {
	name   string
	f      func(float32) float32
	f64    func(float64) float64
	ref    func(float64) float64
	lo, hi float64 // where the reference is worth sampling densely
}{
	{"exp", Exp, Exp64, math.Exp, -90, 90},
	{"expm1", Expm1, Expm164, math.Expm1, -20, 90},
	{"log", Log, Log64, math.Log, 0, 10},
	{"log1p", Log1p, Log1p64, math.Log1p, -1, 3},
	{"tanh", Tanh, Tanh64, math.Tanh, -10, 10},
	{"sigmoid", Sigmoid, Sigmoid64, func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }, -90, 20},
	{"softplus", Softplus, Softplus64, func(x float64) float64 {
		return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x)))
	}, -90, 20},
	{"erf", Erf, Erf64, math.Erf, -5, 5},
	{"erfc", Erfc, Erfc64, math.Erfc, -5, 10},
	{"sin", Sin, Sin64, math.Sin, -40, 40},
	{"cos", Cos, Cos64, math.Cos, -40, 40},
}

// arguments are special values and samples from the whole range of float32 and from lo..hi.
func arguments(lo, hi float64, n int) []float32 {
	x := []float32{
		0, float32(math.Copysign(0, -1)), 1, -1, 0.5, -0.5, 2, -2, inf32, -inf32, nan32,
		math.SmallestNonzeroFloat32, -math.SmallestNonzeroFloat32, MinNormal, -MinNormal,
		math.Nextafter32(MinNormal, 0), math.MaxFloat32, -math.MaxFloat32,
		88.72283, 88.72284, -87.33654, -87.33655, -103.97, 0x1p-12, 0x1p-24, -0x1p-25,
		math.Nextafter32(1, 2), math.Nextafter32(1, 0), 0x1p20, -0x1p20, 1e6, 16367173 * 0x1p72, -9.2, 9.19, 9.2, 10, 10.1, 30, 31, 200, 201,
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range n {
		x = append(x, math.Float32frombits(r.Uint32()), float32(lo+(hi-lo)*r.Float64()))
	}
	return x
}

// ulps is how far got lies from want, in units of want's last place in float32.
func ulps(got float32, want float64) float64 {
	if float64(got) == want || got != got && want != want {
		return 0
	}
	w := float32(want)
	if math.IsInf(float64(w), 0) || w != w || got != got || math.IsInf(float64(got), 0) {
		if got == w {
			return 0
		}
		return math.Inf(1)
	}
	if math.Abs(want) < MinNormal {
		if got == 0 || math.Abs(float64(got)) == MinNormal {
			return 0 // flushed, or rounded up to normal
		}
		return math.Inf(1)
	}
	_, e := math.Frexp(want)
	return math.Abs(float64(got)-want) / math.Ldexp(1, e-24)
}

func TestFunctionsErrAtMostHalfAnUlp(t *testing.T) {
	for _, c := range functions {
		var worst float64
		var at float32
		for _, x := range arguments(c.lo, c.hi, 60000) {
			got := c.f(x)
			if math.Float32bits(got) != math.Float32bits(Flush(got)) {
				t.Fatalf("%s(%g) = %g is not flushed", c.name, x, got)
			}
			if u := ulps(got, c.ref(widen(x))); u > worst {
				worst, at = u, x
			}
		}
		if worst > 0.52 {
			t.Errorf("%s: error of %.4f ulp at %g: got %g, want %g", c.name, worst, at, c.f(at), c.ref(widen(at)))
		}
	}
}

func TestFloat64FunctionsErrAFewUlps(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, c := range functions {
		var worst, at float64
		check := func(x float64) {
			got, want := c.f64(x), c.ref(x)
			if got == want || got != got && want != want {
				return
			}
			if math.Abs(want) < minNormal64 && math.Abs(got) <= minNormal64 {
				return
			}
			if e := math.Abs(got-want) / math.Abs(want) * 0x1p52; !(e <= worst) {
				worst, at = e, x
			}
		}
		for _, x := range []float64{
			0, 1, -1, math.Inf(1), math.Inf(-1), math.NaN(), 710, 709.7, -708, -745, 1e300, -1e300, 1e-300,
			0x1p20, 0x1p20 + 1, 5.3e15, 1e9, 1e300,
		} {
			check(x)
			check(-x)
		}
		for range 60000 {
			check(c.lo + (c.hi-c.lo)*r.Float64())
			check(r.NormFloat64() * math.Ldexp(1, r.IntN(60)-40))
		}
		if worst > 8 {
			t.Errorf("%s64: error of %.2f ulp at %g: got %g, want %g", c.name, worst, at, c.f64(at), c.ref(at))
		}
	}
}

// The reference loses precision for large angles; these are known to all digits.
func TestLargeAngles(t *testing.T) {
	for _, c := range []struct{ x, sin, cos float64 }{
		{6381956970095103 * 0x1p797, 1, -4.68716592425462761112e-19},
		{1e22, -0.8522008497671888018, 0.5232147853951389455},
		{math.MaxFloat64, 0.004961954789184062, -0.9999876894265599},
		{0x1p120, 0.37782010936075202, -0.9258790228548378673},
	} {
		for i, p := range [][2]float64{{Sin64(c.x), c.sin}, {Cos64(c.x), c.cos}, {-Sin64(-c.x), c.sin}, {Cos64(-c.x), c.cos}} {
			if math.Abs(p[0]-p[1]) > 4e-16*math.Abs(p[1]) {
				t.Errorf("case %d of %g: got %.17g, want %.17g", i, c.x, p[0], p[1])
			}
		}
	}
}

func TestPow(t *testing.T) {
	special := []float64{
		0, math.Copysign(0, -1), 1, -1, 2, -2, 3, -3, 0.5, -0.5, math.Inf(1), math.Inf(-1), math.NaN(),
		1 << 54, 1e300, -1e300,
	}
	for _, x := range special {
		for _, y := range special {
			// There is one zero, so Pow64(-0, y) is Pow64(0, y).
			got, want := Pow64(x, y), math.Pow(flush64(x), y)
			if math.Abs(got-want) > 0x1p-52*math.Abs(want) || (got != got) != (want != want) || math.IsInf(got, 0) && got != want {
				t.Errorf("Pow64(%g, %g) = %g, want %g", x, y, got, want)
			}
		}
	}
	r := rand.New(rand.NewPCG(5, 6))
	for range 100000 {
		x, y := math.Exp(4*r.NormFloat64()), 20*r.NormFloat64()
		if got, want := Pow64(x, y), math.Pow(x, y); math.Abs(got-want) > 2e-14*want && want > minNormal64 {
			t.Fatalf("Pow64(%g, %g) = %g, want %g", x, y, got, want)
		}
		a, b := float32(x), float32(y)
		if u := ulps(Pow(a, b), math.Pow(float64(a), float64(b))); u > 0.51 {
			t.Fatalf("Pow(%g, %g) = %g: error of %g ulp", a, b, Pow(a, b), u)
		}
	}
	// beta**t, as in Adam, against repeated multiplication in high precision.
	want, beta := big.NewFloat(1).SetPrec(200), big.NewFloat(0.999).SetPrec(200)
	for n := 1; n <= 5000; n++ {
		want.Mul(want, beta)
		w, _ := want.Float64()
		if got := Pow64(0.999, float64(n)); math.Abs(got-w) > 4e-16*w {
			t.Fatalf("Pow64(0.999, %d) = %.17g, want %.17g", n, got, w)
		}
	}
}

func TestFlush(t *testing.T) {
	for _, c := range []struct{ x, want uint32 }{
		{0, 0},
		{1 << 31, 0},
		{1, 0},
		{0x807fffff, 0},
		{0x00800000, 0x00800000},
		{0x80800000, 0x80800000},
		{0x7f800000, 0x7f800000},
		{0xff800000, 0xff800000},
		{0x7f800001, 0x7fc00000},
		{0xffffffff, 0x7fc00000},
		{0x3f800000, 0x3f800000},
		{0xff7fffff, 0xff7fffff},
	} {
		if got := math.Float32bits(Flush(math.Float32frombits(c.x))); got != c.want {
			t.Errorf("Flush(%#x) = %#x, want %#x", c.x, got, c.want)
		}
	}
}

// fmaBig rounds a*b + c once, by exact arithmetic.
func fmaBig(a, b, c float32) float32 {
	x := new(big.Float).SetPrec(2000).SetFloat64(float64(a))
	x.Mul(x, new(big.Float).SetFloat64(float64(b)))
	x.Add(x, new(big.Float).SetFloat64(float64(c)))
	f, _ := x.Float32()
	return f
}

func TestFMARoundsOnce(t *testing.T) {
	if got := math.Float32bits(FMA(1.1511357, 0.21342555, 315.17725)); got != 0x439db623 {
		t.Errorf("FMA rounds twice: %#x", got)
	}
	r := rand.New(rand.NewPCG(7, 8))
	pick := func() float32 {
		for {
			var x float32
			switch r.IntN(4) {
			case 0:
				x = math.Float32frombits(r.Uint32())
			case 1: // short mantissas make ties
				x = math.Float32frombits(r.Uint32() & 0xfffff000)
			case 2:
				x = math.Float32frombits(r.Uint32()&0x807fffff | uint32(127-4+r.IntN(9))<<23)
			case 3: // near the denormals
				x = math.Float32frombits(r.Uint32()&0x807fffff | uint32(r.IntN(70))<<23)
			}
			if x-x == 0 {
				return x
			}
		}
	}
	for range 400000 {
		a, b, c := pick(), pick(), pick()
		if r.IntN(4) == 0 { // c about half an ulp of the product, or the other way round
			c = float32(math.Ldexp(float64(a)*float64(b), r.IntN(60)-30))
			if c-c != 0 {
				continue
			}
		}
		got, want := FMA(a, b, c), fmaBig(a, b, c)
		if got != want {
			t.Fatalf("FMA(%x, %x, %x) = %x, want %x", a, b, c, got, want)
		}
	}
	for _, c := range [][4]float32{
		{inf32, 0, 1, nan32},
		{inf32, 1, -inf32, nan32},
		{inf32, 1, 1, inf32},
		{1, 1, -inf32, -inf32},
		{math.MaxFloat32, 2, 0, inf32},
		{math.MaxFloat32, 2, -inf32, -inf32},
		{nan32, 1, 1, nan32},
	} {
		got := FMA(c[0], c[1], c[2])
		if got != c[3] && (got == got || c[3] == c[3]) {
			t.Errorf("FMA(%g, %g, %g) = %g, want %g", c[0], c[1], c[2], got, c[3])
		}
	}
}
