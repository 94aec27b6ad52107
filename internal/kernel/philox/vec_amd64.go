package philox

import "github.com/dlrun/dlrun/internal/kernel/isa"

// bernoulliVec fills the first elements of dst by vector instructions and returns how many; offset is a multiple of 4, and last is one less than
// the limit below which a word keeps its element.
func bernoulliVec(i isa.ISA, dst []float32, k *Key, offset uint64, last uint32, value float32) int {
	if i == isa.Generic {
		return 0
	}
	done := 0
	if i == isa.AVX512 {
		if done = len(dst) &^ 63; done > 0 {
			bernoulliAVX512(&dst[0], done, offset/4, &k.Key[0], last, value)
		}
	}
	if n := (len(dst) - done) &^ 31; n > 0 {
		bernoulliAVX2(&dst[done], n, (offset+uint64(done))/4, &k.Key[0], last, value)
		done += n
	}
	return done
}

// dropoutVec is the like for Dropout.
func dropoutVec(i isa.ISA, dst, src []float32, k *Key, offset uint64, last uint32, value float32) int {
	if i == isa.Generic {
		return 0
	}
	done := 0
	if i == isa.AVX512 {
		if done = len(dst) &^ 63; done > 0 {
			dropoutAVX512(&dst[0], &src[0], done, offset/4, &k.Key[0], last, value)
		}
	}
	if n := (len(dst) - done) &^ 31; n > 0 {
		dropoutAVX2(&dst[done], &src[done], n, (offset+uint64(done))/4, &k.Key[0], last, value)
		done += n
	}
	return done
}
