package f32gelu

import "github.com/dlrun/dlrun/internal/kernel/isa"

// Each of these does the first elements of the function that it is named after, and returns how many.

func valuesVec(i isa.ISA, y, x []float32) int { return two(i, y, x, valuesAVX2, valuesAVX512) }

func tanhValuesVec(i isa.ISA, y, x []float32) int {
	return two(i, y, x, tanhValuesAVX2, tanhValuesAVX512)
}

func gradsVec(i isa.ISA, dx, x, dy []float32) int {
	return three(i, dx, x, dy, gradsAVX2, gradsAVX512)
}

func tanhGradsVec(i isa.ISA, dx, x, dy []float32) int {
	return three(i, dx, x, dy, tanhGradsAVX2, tanhGradsAVX512)
}
func bothVec(i isa.ISA, y, d, x []float32) int { return three(i, y, d, x, bothAVX2, bothAVX512) }
func tanhBothVec(i isa.ISA, y, d, x []float32) int {
	return three(i, y, d, x, tanhBothAVX2, tanhBothAVX512)
}

// whole is how many elements of n are in whole vectors.
func whole(i isa.ISA, n int) int {
	switch i {
	case isa.AVX512:
		return n &^ 15
	case isa.AVX2:
		return n &^ 7
	}
	return 0
}

func two(i isa.ISA, a, b []float32, avx2, avx512 func(a, b *float32, n int)) int {
	n := whole(i, len(a))
	switch {
	case n == 0:
	case i == isa.AVX512:
		avx512(&a[0], &b[0], n)
	default:
		avx2(&a[0], &b[0], n)
	}
	return n
}

func three(i isa.ISA, a, b, c []float32, avx2, avx512 func(a, b, c *float32, n int)) int {
	n := whole(i, len(a))
	switch {
	case n == 0:
	case i == isa.AVX512:
		avx512(&a[0], &b[0], &c[0], n)
	default:
		avx2(&a[0], &b[0], &c[0], n)
	}
	return n
}
