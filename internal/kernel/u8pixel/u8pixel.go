// Package u8pixel holds the kernels of pictures whose samples are bytes: what a JPEG decoder does to blocks and rows of samples. Each
// computes in whole numbers, so that the plain twin and the vector form have the same bits by the rules of arithmetic.
package u8pixel

import "github.com/dlrun/dlrun/internal/kernel/isa"

// Factors of the inverse transform with 13 bits after the point: C. Loeffler, A. Ligtenberg and G. Moschytz, "Practical fast 1-D DCT
// algorithms with 11 multiplications", 1989, as in the accurate transform of the Independent JPEG Group's library.
const (
	f0298 = 2446
	f0390 = 3196
	f0541 = 4433
	f0765 = 6270
	f0899 = 7373
	f1175 = 9633
	f1501 = 12299
	f1847 = 15137
	f1961 = 16069
	f2053 = 16819
	f2562 = 20995
	f3072 = 25172
)

// InverseDCT multiplies coefficients by their steps of quantization, both row after row, transforms them into samples, adds 128, bounds
// them to a byte and writes 8 rows of 8 to dst, stride bytes apart. It leaves zeros in coefficients. The bits are those of libjpeg's
// accurate integer transform.
func InverseDCT(i isa.ISA, dst []uint8, stride int, coefficients, steps *[64]int16) {
	_ = dst[7*stride+7]
	if !inverseVec(i, dst, stride, coefficients, steps) {
		inverse(dst, stride, coefficients, steps)
	}
	*coefficients = [64]int16{}
}

func inverse(dst []uint8, stride int, coefficients, steps *[64]int16) {
	var w [64]int32
	for k, c := range coefficients {
		w[k] = int32(c * steps[k])
	}
	for x := range 8 {
		eight(w[:], x, 8, 1<<10, 11)
	}
	for y := range 8 {
		eight(w[:], 8*y, 1, 1<<17+128<<18, 18)
		out := dst[y*stride:][:8]
		for x := range out {
			out[x] = uint8(min(max(w[8*y+x], 0), 255))
		}
	}
}

// eight transforms 8 numbers in place: those at, at+apart, ...; the result is added to round and shifted.
func eight(w []int32, at, apart int, round int32, shift uint) {
	in := func(k int) int32 { return w[at+k*apart] }
	z1 := (in(2) + in(6)) * f0541
	t2, t3 := z1-in(6)*f1847, z1+in(2)*f0765
	t0, t1 := (in(0)+in(4))<<13, (in(0)-in(4))<<13
	e0, e3, e1, e2 := t0+t3, t0-t3, t1+t2, t1-t2
	t0, t1, t2, t3 = in(7), in(5), in(3), in(1)
	z1, z2, z3, z4 := t0+t3, t1+t2, t0+t2, t1+t3
	z5 := (z3 + z4) * f1175
	z1, z2, z3, z4 = z1*-f0899, z2*-f2562, z5-z3*f1961, z5-z4*f0390
	t0 = t0*f0298 + z1 + z3
	t1 = t1*f2053 + z2 + z4
	t2 = t2*f3072 + z2 + z3
	t3 = t3*f1501 + z1 + z4
	for k, s := range [8]int32{e0 + t3, e1 + t2, e2 + t1, e3 + t0, e3 - t0, e2 - t1, e1 - t2, e0 - t3} {
		w[at+k*apart] = (s + round) >> shift
	}
}

// Sums fills dst with 3a + b, of a row of samples and the row next to it.
func Sums(i isa.ISA, dst []int16, a, b []uint8) {
	a, b = a[:len(dst)], b[:len(dst)]
	for k := sumsVec(i, dst, a, b); k < len(dst); k++ {
		dst[k] = 3*int16(a[k]) + int16(b[k])
	}
}

// Spread makes two samples of each sum: dst[2k] = (3 c[k+1] + c[k] + even) / 16 and dst[2k+1] = (3 c[k+1] + c[k+2] + odd) / 16, so that c
// has one more sum on both sides.
func Spread(i isa.ISA, dst []uint8, c []int16, even, odd int16) {
	n := len(dst) / 2
	c = c[:n+2]
	for k := spreadVec(i, dst, c, even, odd, n); k < n; k++ {
		dst[2*k] = uint8((3*c[k+1] + c[k] + even) >> 4)
		dst[2*k+1] = uint8((3*c[k+1] + c[k+2] + odd) >> 4)
	}
}

// Quarter fills dst with (c + round) / 4.
func Quarter(dst []uint8, c []int16, round int16) {
	c = c[:len(dst)]
	for k, s := range c {
		dst[k] = uint8((s + round) >> 2)
	}
}

// RGB writes the colours of pixels whose luminance and colour differences are y, cb and cr (JFIF), three bytes each. It rounds as
// libjpeg does.
func RGB(i isa.ISA, dst, y, cb, cr []uint8) {
	n := len(y)
	dst, cb, cr = dst[:3*n], cb[:n], cr[:n]
	k := rgbVec(i, dst, y, cb, cr)
	if k > 0 && k < n { // the last pixels once more, together with those before
		k = n - 16
		rgbVec(i, dst[3*k:], y[k:], cb[k:], cr[k:])
		return
	}
	for ; k < n; k++ {
		l, b, r := int32(y[k]), int32(cb[k])-128, int32(cr[k])-128
		dst[3*k] = clamp(l + (91881*r+1<<15)>>16)
		dst[3*k+1] = clamp(l + (-22554*b-46802*r+1<<15)>>16)
		dst[3*k+2] = clamp(l + (116130*b+1<<15)>>16)
	}
}

func clamp(v int32) uint8 { return uint8(min(max(v, 0), 255)) }
