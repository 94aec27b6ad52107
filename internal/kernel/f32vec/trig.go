package f32vec

import (
	"math"
	"math/bits"

	"github.com/dlrun/dlrun/internal/kernel/f32vec/poly"
)

// pi/2 in three parts; the first two have 33 bits, so that their products with an integer below 2**20 are exact.
const (
	halfPi1 = 1.5707963267341256
	halfPi2 = 6.077100506303966e-11
	halfPi3 = 2.0222662487959506e-21

	twoOverPi = 0.6366197723675814
	halfPi    = 1.5707963267948966
)

// twoOverPiBits are 64 zero bits and then the first 1280 bits of 2/pi after the binary point.
var twoOverPiBits = [...]uint64{
	0,
	0xa2f9836e4e441529,
	0xfc2757d1f534ddc0,
	0xdb6295993c439041,
	0xfe5163abdebbc561,
	0xb7246e3a424dd2e0,
	0x06492eea09d1921c,
	0xfe1deb1cb129a73e,
	0xe88235f52ebb4484,
	0xe99c7026b45f7e41,
	0x3991d639835339f4,
	0x9c845f8bbdf9283b,
	0x1ff897ffde05980f,
	0xef2f118b5a0a6d1f,
	0x6d367ecf27cb09b7,
	0x4f463f669e5fea2d,
	0x7527bac7ebe5f17b,
	0x3d0739f78a5292ea,
	0x6bfb5fb11f8d5d08,
	0x56033046fc7b6bab,
	0xf0cfbc209af4361d,
}

// reduce returns n mod 4 and r with x = n pi/2 + r and |r| about pi/4 at most, for a finite x.
func reduce(x float64) (n int, r float64) {
	if math.Abs(x) < 1<<20 {
		t := float64(x*twoOverPi) + poly.RoundMagic
		k := t - poly.RoundMagic
		r = x - float64(k*halfPi1) // exact
		r -= float64(k * halfPi2)
		r -= float64(k * halfPi3)
		return int(int64(k)) & 3, r
	}
	n, r = reduceLarge(math.Abs(x))
	if x < 0 {
		return -n & 3, -r
	}
	return n, r
}

// reduceLarge is reduce for x >= 2**20, by the method of Payne and Hanek ("Radian reduction for
// trigonometric functions", SIGNUM Newsletter 18, 1983): of the product of x's mantissa and 2/pi, only
// the bits that are neither multiples of 4 nor too small to matter.
func reduceLarge(x float64) (n int, r float64) {
	u := math.Float64bits(x)
	e := int(u>>52) - 1075 // x is m * 2**e
	m := u&(1<<52-1) | 1<<52
	at := uint(e - 2 + 64)
	w, sh := at/64, at%64
	word := func(i uint) uint64 {
		return twoOverPiBits[i]<<sh | twoOverPiBits[i+1]>>(64-sh)
	}
	hi := m * word(w)
	h1, mid := bits.Mul64(m, word(w+1))
	h2, _ := bits.Mul64(m, word(w+2))
	mid, carry := bits.Add64(mid, h2, 0)
	hi += h1 + carry
	n = int(hi >> 62)
	hi, mid = hi<<2|mid>>62, mid<<2
	neg := hi>>63 == 1
	if neg { // nearer to the next multiple of pi/2
		n = (n + 1) & 3
		hi, mid = ^hi, ^mid
	}
	lz := bits.LeadingZeros64(hi)
	if lz == 64 {
		hi, mid = mid, 0
		lz = 64 + bits.LeadingZeros64(hi)
	}
	s := uint(lz) % 64
	hi = hi<<s | mid>>(64-s)
	r = float64(float64(hi>>11)*halfPi) * math.Float64frombits(uint64(1023-53-lz)<<52)
	if neg {
		r = -r
	}
	return n, r
}

// sinTaylor and cosTaylor are the Taylor coefficients after the first one or two: enough for |r| <= pi/4.
var (
	sinTaylor = [...]float64{
		-1.0 / 6, 1.0 / 120, -1.0 / 5040, 1.0 / 362880, -1.0 / 39916800, 1.0 / 6227020800,
		-1.0 / 1307674368000, 1.0 / 355687428096000,
	}
	cosTaylor = [...]float64{
		1.0 / 24, -1.0 / 720, 1.0 / 40320, -1.0 / 3628800, 1.0 / 479001600, -1.0 / 87178291200,
		1.0 / 20922789888000,
	}
)

// quadrant returns sin(n pi/2 + r).
func quadrant(n int, r float64) float64 {
	z := float64(r * r)
	var v float64
	if n&1 == 0 {
		v = r + float64(float64(r*z)*horner(z, sinTaylor[:]))
	} else {
		v = 1 - (float64(0.5*z) - float64(float64(z*z)*horner(z, cosTaylor[:])))
	}
	if n&2 != 0 {
		v = -v
	}
	return v
}

func trig64(x float64, n int) float64 {
	if x-x != 0 { // an infinity or a NaN
		return math.NaN()
	}
	k, r := reduce(x)
	return quadrant(n+k, r)
}

// Sin returns the sine of x radians, for x of any size.
func Sin(x float32) float32 { return Flush(float32(trig64(widen(x), 0))) }

// Cos returns the cosine of x radians, for x of any size.
func Cos(x float32) float32 { return Flush(float32(trig64(widen(x), 1))) }

// Sin64 returns the sine of x radians, for x of any size.
func Sin64(x float64) float64 { return flush64(trig64(x, 0)) }

// Cos64 returns the cosine of x radians, for x of any size.
func Cos64(x float64) float64 { return flush64(trig64(x, 1)) }
