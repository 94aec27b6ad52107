package u8pixel

import "github.com/dlrun/dlrun/internal/kernel/isa"

// inverseVec tells whether it did the work; the others tell how many elements they did.

func inverseVec(i isa.ISA, dst []uint8, stride int, coefficients, steps *[64]int16) bool {
	if i == isa.Generic {
		return false
	}
	inverseAVX2(&dst[0], stride, &coefficients[0], &steps[0])
	return true
}

func sumsVec(i isa.ISA, dst []int16, a, b []uint8) int {
	n := len(dst) &^ 15
	if i == isa.Generic || n == 0 {
		return 0
	}
	sumsAVX2(&dst[0], &a[0], &b[0], n)
	return n
}

func spreadVec(i isa.ISA, dst []uint8, c []int16, even, odd int16, n int) int {
	n &^= 15
	if i == isa.Generic || n == 0 {
		return 0
	}
	spreadAVX2(&dst[0], &c[0], uint32(uint16(even))<<16|uint32(uint16(even)), uint32(uint16(odd))<<16|uint32(uint16(odd)), n)
	return n
}

func rgbVec(i isa.ISA, dst, y, cb, cr []uint8) int {
	n := len(y) &^ 15
	if i == isa.Generic || n == 0 {
		return 0
	}
	rgbAVX2(&dst[0], &y[0], &cb[0], &cr[0], n)
	return n
}
