package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/dlrun/dlrun/internal/kernel/f32vec/poly"
	"github.com/dlrun/dlrun/internal/kernel/vecgen"
)

// vec is a register of float32 or float64.
type vec = reg.VecVirtual

// function generates name(dst, src, n): dst[i] = f(src[i]) for n elements, a multiple of the lanes. Each vector of
// float32 becomes two of float64, to each of which f is applied. If accept is not nil and jumps to "stop" for a vector, that and
// what follows is left undone. The function returns how many elements it has done.
func function(w vecgen.Width, name string, accept func(w vecgen.Width, x vec), f func(w vecgen.Width, x vec) vec) {
	TEXT(name+w.Suffix(), NOSPLIT, "func(dst, src *float32, n int) int")
	Pragma("noescape")
	Doc(name + w.Suffix() + " computes a function of n elements, a multiple of the vector, and returns how many it has done.")
	dst, src := Load(Param("dst"), GP64()), Load(Param("src"), GP64())
	n := Load(Param("n"), GP64())
	i := GP64()
	XORQ(i, i)
	Label("loop")
	x := w.New()
	VMOVUPS(Mem{Base: src, Index: i, Scale: 4}, x)
	widen(w, x)
	if accept != nil {
		accept(w, x)
	}
	lo, hi := w.New(), w.New()
	if w == vecgen.Z {
		VCVTPS2PD(x.AsY(), lo)
		VEXTRACTF64X4(Imm(1), x, hi.AsY())
		VCVTPS2PD(hi.AsY(), hi)
	} else {
		VCVTPS2PD(x.AsX(), lo)
		VEXTRACTF128(Imm(1), x, hi.AsX())
		VCVTPS2PD(hi.AsX(), hi)
	}
	lo = f(w, lo)
	hi = f(w, hi)
	if w == vecgen.Z {
		VCVTPD2PS(lo, x.AsY())
		VCVTPD2PS(hi, hi.AsY())
		VINSERTF64X4(Imm(1), hi.AsY(), x, x)
	} else {
		VCVTPD2PSY(lo, x.AsX())
		VCVTPD2PSY(hi, hi.AsX())
		VINSERTF128(Imm(1), hi.AsX(), x, x)
	}
	w.Settle(x, lo)
	VMOVUPS(x, Mem{Base: dst, Index: i, Scale: 4})
	ADDQ(Imm(uint64(w.Lanes())), i)
	CMPQ(i, n)
	JLT(LabelRef("loop"))
	if accept != nil {
		Label("stop")
	}
	Store(i, ReturnIndex(0))
	VZEROUPPER()
	RET()
}

// widen makes denormals and -0 zeros, as the Go function widen.
func widen(w vecgen.Width, x vec) {
	if w == vecgen.Z {
		VFPCLASSPSZ(Imm(0x26), x, reg.K7)
		VXORPS(x, x, reg.K7, x)
		return
	}
	t := w.New()
	VANDPS(vecgen.Const32(0x7fffffff), x, t)
	VCMPPS(Imm(5), vecgen.Const32(0x00800000), t, t) // not less than: true for a NaN
	VANDPS(t, x, x)
}

// fresh returns a register with the float64 constant c.
func fresh(w vecgen.Width, c float64) vec {
	v := w.New()
	VMOVUPD(vecgen.Float64(c), v)
	return v
}

// horner evaluates a polynomial, unfused.
func horner(w vecgen.Width, x vec, c []float64) vec {
	p := fresh(w, c[len(c)-1])
	for i := len(c) - 2; i >= 0; i-- {
		VMULPD(x, p, p)
		VADDPD(vecgen.Float64(c[i]), p, p)
	}
	return p
}

// atMost limits x to c; a NaN passes.
func atMost(w vecgen.Width, x vec, c float64) { VMINPD(x, fresh(w, c), x) }

// atLeast is the like of atMost.
func atLeast(w vecgen.Width, x vec, c float64) { VMAXPD(x, fresh(w, c), x) }

// expParts is the Go function of that name.
func expParts(w vecgen.Width, x vec) (s, u vec) {
	t, n := w.New(), w.New()
	VMULPD(vecgen.Float64(poly.Log2e), x, t)
	VADDPD(vecgen.Float64(poly.RoundMagic), t, t)
	VSUBPD(vecgen.Float64(poly.RoundMagic), t, n)
	VMULPD(vecgen.Float64(poly.Ln2), n, n)
	r := w.New()
	VSUBPD(n, x, r)
	VPSLLQ(Imm(52), t, t)
	VPADDQ(vecgen.Const64(0x3ff<<52), t, t)
	u = horner(w, r, poly.Expm1[:])
	VMULPD(r, u, u)
	return t, u
}

func clampExp(w vecgen.Width, x vec) {
	atMost(w, x, poly.ExpRange)
	atLeast(w, x, -poly.ExpRange)
}

// expOf returns s*(1 + u).
func expOf(s, u vec) vec {
	VADDPD(vecgen.Float64(1), u, u)
	VMULPD(u, s, u)
	return u
}

// expm1Of returns s*u + (s - 1).
func expm1Of(s, u vec) vec {
	VMULPD(u, s, u)
	VSUBPD(vecgen.Float64(1), s, s)
	VADDPD(s, u, u)
	return u
}

func exp(w vecgen.Width, x vec) vec {
	clampExp(w, x)
	return expOf(expParts(w, x))
}

func expm1(w vecgen.Width, x vec) vec {
	clampExp(w, x)
	return expm1Of(expParts(w, x))
}

const sign = 1 << 63

func sigmoid(w vecgen.Width, x vec) vec {
	VXORPD(vecgen.Const64(sign), x, x)
	e := exp(w, x)
	VADDPD(vecgen.Float64(1), e, e)
	VDIVPD(e, fresh(w, 1), e)
	return e
}

func tanh(w vecgen.Width, x vec) vec {
	a := w.New()
	VANDPD(vecgen.Const64(sign-1), x, a)
	atMost(w, a, poly.TanhRange)
	VADDPD(a, a, a)
	m := expm1Of(expParts(w, a))
	VADDPD(vecgen.Float64(2), m, a)
	VDIVPD(a, m, m)
	VANDPD(vecgen.Const64(sign), x, x)
	VORPD(x, m, m)
	return m
}

// onlyPositiveNormal stops at a vector that has anything but positive, normal, finite elements.
func onlyPositiveNormal(w vecgen.Width, x vec) {
	m := GP32()
	if w == vecgen.Z {
		VFPCLASSPSZ(Imm(0xff), x, reg.K7) // every class that is not positive, normal and finite
		KORTESTW(reg.K7, reg.K7)
		JNZ(LabelRef("stop"))
		return
	}
	t, u := w.New(), w.New()
	VCMPPS(Imm(29), vecgen.Const32(0x00800000), x, t)                             // greater or equal
	VCMPPS(Imm(17), vecgen.Const32(math.Float32bits(float32(math.Inf(1)))), x, u) // less
	VANDPS(t, u, u)
	VMOVMSKPS(u, m)
	CMPL(m, Imm(0xff))
	JNE(LabelRef("stop"))
}

func log(w vecgen.Width, x vec) vec {
	e, m := w.New(), w.New()
	VPADDQ(vecgen.Const64(0x3ff0000000000000-poly.SqrtHalfBits), x, x)
	VPSRLQ(Imm(52), x, e)
	VORPD(vecgen.Const64(math.Float64bits(1<<52)), e, e) // 2**52 + the biased exponent
	VSUBPD(vecgen.Float64(1<<52+1023), e, e)
	VMULPD(vecgen.Float64(poly.Ln2), e, e)
	VANDPD(vecgen.Const64(1<<52-1), x, m)
	VPADDQ(vecgen.Const64(poly.SqrtHalfBits), m, m)
	VSUBPD(vecgen.Float64(1), m, m)
	VADDPD(vecgen.Float64(2), m, x)
	VDIVPD(x, m, m) // s
	z := w.New()
	VMULPD(m, m, z)
	p := horner(w, z, poly.Log[:])
	VMULPD(z, p, p)
	VADDPD(vecgen.Float64(2), p, p)
	VMULPD(m, p, p)
	VADDPD(p, e, e)
	return e
}

func erf(w vecgen.Width, x vec) vec {
	a, z := w.New(), w.New()
	VANDPD(vecgen.Const64(sign-1), x, a)
	atMost(w, a, poly.ErfcRange)
	VANDPD(vecgen.Const64(sign), x, x)
	VMULPD(a, a, z)
	near := horner(w, z, poly.Erf[:])
	VMULPD(a, near, near)

	v := w.New()
	VADDPD(vecgen.Float64(poly.ErfcxShift), a, v)
	VDIVPD(v, fresh(w, 1), v)
	p := horner(w, v, poly.Erfcx[:])
	VMULPD(v, p, p)
	VXORPD(vecgen.Const64(sign), z, z)
	e := expOf(expParts(w, z))
	VMULPD(p, e, e)
	far := fresh(w, 1)
	VSUBPD(e, far, far)

	if w == vecgen.Z {
		VCMPPD(Imm(30), vecgen.Float64(1), a, reg.K7) // greater
		VMOVAPD(far, reg.K7, near)
	} else {
		VCMPPD(Imm(30), vecgen.Float64(1), a, a)
		VBLENDVPD(a, far, near, near)
	}
	VORPD(x, near, near)
	return near
}
