package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/dlrun/dlrun/internal/kernel/vecgen"
)

// Offsets of the fields of type AdamArgs.
const (
	adamAlpha, adamBeta1, adamBeta2, adamEpsilon, adamDecay = 0, 4, 8, 12, 16
)

// adam is a sweep whose n is a positive multiple of the lanes of w.
func adam(w vecgen.Width, name string, amsgrad bool) {
	sig, pointers := "func(w, m, v, grad *float32, n int, p *float32)", []string{"w", "m", "v", "grad"}
	if amsgrad {
		sig, pointers = "func(w, m, v, vhat, grad *float32, n int, p *float32)", []string{"w", "m", "v", "vhat", "grad"}
	}
	at := beginOf(w, name, sig, "is a step of Adam; p is an AdamArgs.", pointers...)
	p := Load(Param("p"), GP64())
	field := func(off int) vec {
		v := w.New()
		VBROADCASTSS(Mem{Base: p, Disp: off}, v)
		return v
	}
	get := func(name string) vec {
		v := w.New()
		VMOVUPS(at(name), v)
		return v
	}
	put := func(v vec, name string) {
		w.Settle(v, w.New())
		VMOVUPS(v, at(name))
	}
	alpha, beta1, beta2 := field(adamAlpha), field(adamBeta1), field(adamBeta2)
	epsilon, decay := field(adamEpsilon), field(adamDecay)
	// Without decay the product is made +0 even if w is infinite.
	on := w.Zero()
	if w == vecgen.Z {
		VCMPPS(Imm(4), decay, on, reg.K1) // not equal
	} else {
		VCMPPS(Imm(4), decay, on, on)
	}
	Label("loop")
	x, t := get("w"), w.New()
	if w == vecgen.Z {
		VMULPS_Z(decay, x, reg.K1, t)
	} else {
		VMULPS(decay, x, t)
		VANDPS(on, t, t)
	}
	VSUBPS(t, x, x)

	g, m := get("grad"), get("m")
	VSUBPS(m, g, t)
	VMULPS(beta1, t, t)
	VADDPS(t, m, m)
	put(m, "m")

	v := get("v")
	VMULPS(g, g, g)
	VSUBPS(v, g, g)
	VMULPS(beta2, g, g)
	VADDPS(g, v, v)
	put(v, "v")
	if amsgrad {
		h := get("vhat")
		VMAXPS(v, h, v) // vhat > v ? vhat : v
		put(v, "vhat")
	}
	VSQRTPS(v, v)
	VADDPS(epsilon, v, v)
	VMULPS(alpha, m, m)
	VDIVPS(v, m, m)
	VSUBPS(m, x, x)
	put(x, "w")
	end("loop", w.Lanes())
	leave()
}
