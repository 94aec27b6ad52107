package f32cell

import "github.com/dlrun/dlrun/internal/kernel/isa"

func rnnVec(i isa.ISA, h, z []float32) bool {
	if i == isa.Generic {
		return false
	}
	n, l := len(h), lanes(i)
	if full := n &^ (l - 1); full > 0 {
		rnnKernel(i, &h[0], &z[0], full)
	}
	if rest := n & (l - 1); rest > 0 {
		var bh, bz beside
		bz.in(z, 1, rest)
		rnnKernel(i, &bh[0], &bz[0], l)
		bh.out(h, 1, rest)
	}
	return true
}

func rnnKernel(i isa.ISA, h, z *float32, n int) {
	if i == isa.AVX512 {
		rnnAVX512(h, z, n)
	} else {
		rnnAVX2(h, z, n)
	}
}

func rnnGradVec(i isa.ISA, dz, h, dh []float32) bool {
	if i == isa.Generic {
		return false
	}
	n, l := len(dz), lanes(i)
	if full := n &^ (l - 1); full > 0 {
		rnnGradKernel(i, &dz[0], &h[0], &dh[0], full)
	}
	if rest := n & (l - 1); rest > 0 {
		var bdz, bh, bdh beside
		bh.in(h, 1, rest)
		bdh.in(dh, 1, rest)
		rnnGradKernel(i, &bdz[0], &bh[0], &bdh[0], l)
		bdz.out(dz, 1, rest)
	}
	return true
}

func rnnGradKernel(i isa.ISA, dz, h, dh *float32, n int) {
	if i == isa.AVX512 {
		rnnGradAVX512(dz, h, dh, n)
	} else {
		rnnGradAVX2(dz, h, dh, n)
	}
}
