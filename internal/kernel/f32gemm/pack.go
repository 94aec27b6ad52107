package f32gemm

import "github.com/dlrun/dlrun/internal/kernel/isa"

// packRows sets dst[k*stride+r] = src[r*ld+k] for n rows r and all k: it transposes. It may write anything to the slack floats
// that follow each dst row's n, so dst must extend that far.
func packRows(i isa.ISA, dst []float32, stride int, src []float32, ld, n, k int) {
	done := packRowsVec(i, dst, stride, src, ld, n, k)
	if done == k {
		return
	}
	for r := range n {
		s := src[r*ld+done : r*ld+k]
		d := dst[done*stride+r:]
		for q, v := range s {
			d[q*stride] = v
		}
	}
}

// packCols sets dst[q*stride+j] = src[q*ld+j] for k rows q and n columns j. It may write anything to the slack floats that follow each
// dst row's n, so dst must extend that far.
func packCols(i isa.ISA, dst []float32, stride int, src []float32, ld, n, k int) {
	for q := packColsVec(i, dst, stride, src, ld, n, k); q < k; q++ {
		copy(dst[q*stride:][:n], src[q*ld:][:n])
	}
}
