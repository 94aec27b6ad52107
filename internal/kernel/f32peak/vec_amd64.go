package f32peak

import "github.com/dlrun/dlrun/internal/kernel/isa"

func chainsVec(i isa.ISA, acc *[Lanes]float32, a, b float32, n int) bool {
	switch i {
	case isa.AVX512:
		chainsAVX512(&acc[0], a, b, n)
	case isa.AVX2:
		chainsAVX2(&acc[0], a, b, n)
	default:
		return false
	}
	return true
}
