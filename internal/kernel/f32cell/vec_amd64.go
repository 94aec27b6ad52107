package f32cell

import "github.com/dlrun/dlrun/internal/kernel/isa"

// Each of the vec functions does by vector instructions what the function of its name does, and tells whether there are any.
// What is left of a vector at the end goes through a whole one beside the operands.

const lanesMax = 16

func lanes(i isa.ISA) int {
	if i == isa.AVX512 {
		return 16
	}
	return 8
}

// beside holds up to 4 parts of what is left, each as wide as a vector.
type beside [4 * lanesMax]float32

const stride = 4 * lanesMax

// in copies the last rest of each of the parts of x.
func (b *beside) in(x []float32, parts, rest int) {
	n := len(x) / parts
	for p := range parts {
		copy(b[p*lanesMax:], x[(p+1)*n-rest:(p+1)*n])
	}
}

// out copies back.
func (b *beside) out(x []float32, parts, rest int) {
	n := len(x) / parts
	for p := range parts {
		copy(x[(p+1)*n-rest:(p+1)*n], b[p*lanesMax:])
	}
}

func lstmVec(i isa.ISA, gates, z, h, c []float32) bool {
	if i == isa.Generic {
		return false
	}
	n, l := len(h), lanes(i)
	if full := n &^ (l - 1); full > 0 {
		lstmKernel(i, &gates[0], &z[0], &h[0], &c[0], uintptr(4*n), uintptr(4*n), full)
	}
	if rest := n & (l - 1); rest > 0 {
		var bg, bz, bh, bc beside
		bz.in(z, 4, rest)
		bc.in(c, 1, rest)
		lstmKernel(i, &bg[0], &bz[0], &bh[0], &bc[0], stride, stride, l)
		bg.out(gates, 4, rest)
		bh.out(h, 1, rest)
		bc.out(c, 1, rest)
	}
	return true
}

func lstmKernel(i isa.ISA, gates, z, h, c *float32, gs, zs uintptr, n int) {
	if i == isa.AVX512 {
		lstmAVX512(gates, z, h, c, gs, zs, n)
	} else {
		lstmAVX2(gates, z, h, c, gs, zs, n)
	}
}

func lstmGradVec(i isa.ISA, dz, gates, c, dh, dc []float32) bool {
	if i == isa.Generic {
		return false
	}
	n, l := len(c), lanes(i)
	if full := n &^ (l - 1); full > 0 {
		lstmGradKernel(i, &dz[0], &gates[0], &c[0], &dh[0], &dc[0], uintptr(4*n), uintptr(4*n), full)
	}
	if rest := n & (l - 1); rest > 0 {
		var bz, bg, bc, bdh, bdc beside
		bg.in(gates, 4, rest)
		bc.in(c, 1, rest)
		bdh.in(dh, 1, rest)
		bdc.in(dc, 1, rest)
		lstmGradKernel(i, &bz[0], &bg[0], &bc[0], &bdh[0], &bdc[0], stride, stride, l)
		bz.out(dz, 4, rest)
		bdc.out(dc, 1, rest)
	}
	return true
}

func lstmGradKernel(i isa.ISA, dz, gates, c, dh, dc *float32, ds, gs uintptr, n int) {
	if i == isa.AVX512 {
		lstmGradAVX512(dz, gates, c, dh, dc, ds, gs, n)
	} else {
		lstmGradAVX2(dz, gates, c, dh, dc, ds, gs, n)
	}
}

func gruVec(i isa.ISA, gates, a, inner, h []float32) bool {
	if i == isa.Generic {
		return false
	}
	n, l := len(h), lanes(i)
	if full := n &^ (l - 1); full > 0 {
		gruKernel(i, &gates[0], &a[0], &inner[0], &h[0], uintptr(4*n), uintptr(4*n), full)
	}
	if rest := n & (l - 1); rest > 0 {
		var bg, ba, bi, bh beside
		ba.in(a, 3, rest)
		bi.in(inner, 1, rest)
		bh.in(h, 1, rest)
		gruKernel(i, &bg[0], &ba[0], &bi[0], &bh[0], stride, stride, l)
		bg.out(gates, 3, rest)
		bh.out(h, 1, rest)
	}
	return true
}

func gruKernel(i isa.ISA, gates, a, inner, h *float32, gs, as uintptr, n int) {
	if i == isa.AVX512 {
		gruAVX512(gates, a, inner, h, gs, as, n)
	} else {
		gruAVX2(gates, a, inner, h, gs, as, n)
	}
}

func gruGradVec(i isa.ISA, da, gates, inner, h, dh []float32) bool {
	if i == isa.Generic {
		return false
	}
	n, l := len(h), lanes(i)
	if full := n &^ (l - 1); full > 0 {
		gruGradKernel(i, &da[0], &gates[0], &inner[0], &h[0], &dh[0], uintptr(4*n), uintptr(4*n), full)
	}
	if rest := n & (l - 1); rest > 0 {
		var bd, bg, bi, bh, bdh beside
		bg.in(gates, 3, rest)
		bi.in(inner, 1, rest)
		bh.in(h, 1, rest)
		bdh.in(dh, 1, rest)
		gruGradKernel(i, &bd[0], &bg[0], &bi[0], &bh[0], &bdh[0], stride, stride, l)
		bd.out(da, 4, rest)
		bdh.out(dh, 1, rest)
	}
	return true
}

func gruGradKernel(i isa.ISA, da, gates, inner, h, dh *float32, ds, gs uintptr, n int) {
	if i == isa.AVX512 {
		gruGradAVX512(da, gates, inner, h, dh, ds, gs, n)
	} else {
		gruGradAVX2(da, gates, inner, h, dh, ds, gs, n)
	}
}

func fetch(x []float32) { prefetch(&x[0], (len(x)+15)/16) }
