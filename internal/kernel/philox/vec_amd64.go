package philox

import "github.com/dlrun/dlrun/internal/kernel/isa"

// bernoulliVec fills the first elements of dst by vector instructions and returns how many; offset is a multiple of 4, and last is one less than
// the limit below which a word keeps its element.
func bernoulliVec(i isa.ISA, dst []float32, k *Key, offset uint64, last uint32, value float32) int {
	n := len(dst) &^ 31
	if i == isa.Generic || n == 0 {
		return 0
	}
	bernoulliAVX2(&dst[0], n, offset/4, &k.Key[0], last, value)
	return n
}
