package f32softmax

import "github.com/dlrun/dlrun/internal/kernel/isa"

// expSumVec does the first elements of ExpSum and returns how many.
func expSumVec(i isa.ISA, dst, src []float32, shift float32, l *[Lanes]float32) int {
	n := len(dst) &^ (Lanes - 1)
	switch {
	case n == 0 || i == isa.Generic:
		return 0
	case i == isa.AVX512:
		expSumAVX512(&dst[0], &src[0], n, shift, &l[0])
	default:
		expSumAVX2(&dst[0], &src[0], n, shift, &l[0])
	}
	return n
}
