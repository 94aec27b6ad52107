package f32gemm

import "github.com/dlrun/dlrun/internal/kernel/isa"

// Transpose sets dst[k*stride+r] = src[r*ld+k] for n rows r and all k. It may write anything to the elements that follow each dst
// row's n, up to a multiple of 8.
func Transpose(i isa.ISA, dst []float32, stride int, src []float32, ld, n, k int) {
	packRows(i, dst, stride, src, ld, n, k)
}
