package f32cell

import "github.com/dlrun/dlrun/internal/kernel/isa"

func gruResetVec(i isa.ISA, gates, a, h, rh []float32) bool {
	if i == isa.Generic {
		return false
	}
	n, l := len(h), lanes(i)
	if full := n &^ (l - 1); full > 0 {
		gruResetKernel(i, &gates[0], &a[0], &h[0], &rh[0], uintptr(4*n), uintptr(4*n), full)
	}
	if rest := n & (l - 1); rest > 0 {
		var bgates, ba, bh, brh beside
		ba.in(a, 3, rest)
		bh.in(h, 1, rest)
		gruResetKernel(i, &bgates[0], &ba[0], &bh[0], &brh[0], stride, stride, l)
		bgates.out(gates[:2*n], 2, rest)
		brh.out(rh, 1, rest)
	}
	return true
}

func gruResetKernel(i isa.ISA, gates, a, h, rh *float32, gs, as uintptr, n int) {
	if i == isa.AVX512 {
		gruResetAVX512(gates, a, h, rh, gs, as, n)
	} else {
		gruResetAVX2(gates, a, h, rh, gs, as, n)
	}
}

func gruStateVec(i isa.ISA, gates, h []float32) bool {
	if i == isa.Generic {
		return false
	}
	n, l := len(h), lanes(i)
	if full := n &^ (l - 1); full > 0 {
		gruStateKernel(i, &gates[0], &h[0], uintptr(4*n), full)
	}
	if rest := n & (l - 1); rest > 0 {
		var bgates, bh beside
		bgates.in(gates, 3, rest)
		bh.in(h, 1, rest)
		gruStateKernel(i, &bgates[0], &bh[0], stride, l)
		bgates.out(gates, 3, rest)
		bh.out(h, 1, rest)
	}
	return true
}

func gruStateKernel(i isa.ISA, gates, h *float32, gs uintptr, n int) {
	if i == isa.AVX512 {
		gruStateAVX512(gates, h, gs, n)
	} else {
		gruStateAVX2(gates, h, gs, n)
	}
}

func gruStateGradVec(i isa.ISA, da, gates, h, dh []float32) bool {
	if i == isa.Generic {
		return false
	}
	n, l := len(h), lanes(i)
	if full := n &^ (l - 1); full > 0 {
		gruStateGradKernel(i, &da[0], &gates[0], &h[0], &dh[0], uintptr(4*n), uintptr(4*n), full)
	}
	if rest := n & (l - 1); rest > 0 {
		var bda, bgates, bh, bdh beside
		bda.in(da, 3, rest)
		bgates.in(gates, 3, rest)
		bh.in(h, 1, rest)
		bdh.in(dh, 1, rest)
		gruStateGradKernel(i, &bda[0], &bgates[0], &bh[0], &bdh[0], stride, stride, l)
		bda.out(da, 3, rest)
		bdh.out(dh, 1, rest)
	}
	return true
}

func gruStateGradKernel(i isa.ISA, da, gates, h, dh *float32, ds, gs uintptr, n int) {
	if i == isa.AVX512 {
		gruStateGradAVX512(da, gates, h, dh, ds, gs, n)
	} else {
		gruStateGradAVX2(da, gates, h, dh, ds, gs, n)
	}
}

func gruResetGradVec(i isa.ISA, dr, r, h, drh, dh []float32) bool {
	if i == isa.Generic {
		return false
	}
	n, l := len(dr), lanes(i)
	if full := n &^ (l - 1); full > 0 {
		gruResetGradKernel(i, &dr[0], &r[0], &h[0], &drh[0], &dh[0], full)
	}
	if rest := n & (l - 1); rest > 0 {
		var bdr, br, bh, bdrh, bdh beside
		br.in(r, 1, rest)
		bh.in(h, 1, rest)
		bdrh.in(drh, 1, rest)
		bdh.in(dh, 1, rest)
		gruResetGradKernel(i, &bdr[0], &br[0], &bh[0], &bdrh[0], &bdh[0], l)
		bdr.out(dr, 1, rest)
		bdh.out(dh, 1, rest)
	}
	return true
}

func gruResetGradKernel(i isa.ISA, dr, r, h, drh, dh *float32, n int) {
	if i == isa.AVX512 {
		gruResetGradAVX512(dr, r, h, drh, dh, n)
	} else {
		gruResetGradAVX2(dr, r, h, drh, dh, n)
	}
}
