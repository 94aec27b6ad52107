package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"

	"github.com/dlrun/dlrun/internal/kernel/vecgen"
)

// activations are sweeps of AVX2 like the others; those of two operands make gradients.
func activations() {
	sweep1("clip", "sets dst to x cut to p[0], p[1].", 2, func(x vec, p []vec) vec { return cut(x, p[0], p[1]) })
	sweep2("inside", "sets dst = y where p[0] < x < p[1], else 0.", 2, func(x, y vec, p []vec) vec {
		VANDPS(between(x, p[0], p[1]), y, y)
		return y
	})
	sweep2("below", "sets dst = p[0] * y where x < 0, else y.", 1, func(x, y vec, p []vec) vec {
		t := YMM()
		VMULPS(p[0], y, t)
		VCMPPS(Imm(17), vecgen.Y.Zero(), x, x) // less than
		VBLENDVPS(x, t, y, y)
		return y
	})
	sweep1("hardSigmoid", "sets dst = relu6(x+3)/6.", 0, func(x vec, _ []vec) vec { return hardSigmoid(x) })
	sweep2("hardSigmoidGrad", "sets dst = y/6 where 0 < x+3 < 6, else 0.", 0, func(x, y vec, _ []vec) vec {
		VADDPS(three(), x, x)
		VDIVPS(six(), y, y)
		VANDPS(between(x, vecgen.Y.Zero(), six()), y, y)
		return y
	})
	sweep1("hardSilu", "sets dst = x * relu6(x+3)/6.", 0, func(x vec, _ []vec) vec {
		s := hardSigmoid(x)
		VMULPS(s, x, x)
		return x
	})
	sweep2("hardSiluGrad", "sets dst = y * (relu6(x+3)/6 + (x/6 where 0 < x+3 < 6)).", 0, func(x, y vec, _ []vec) vec {
		s, t := hardSigmoid(x), YMM()
		VADDPS(three(), x, t)
		in := between(t, vecgen.Y.Zero(), six())
		VDIVPS(six(), x, x)
		VANDPS(in, x, x)
		VADDPS(x, s, s)
		VMULPS(s, y, y)
		return y
	})
	sweep2("sigmoidGrad", "sets dst = y * (x * (1-x)).", 0, func(x, y vec, _ []vec) vec {
		t := one()
		VSUBPS(x, t, t)
		VMULPS(t, x, t)
		VMULPS(t, y, y)
		return y
	})
	sweep2("tanhGrad", "sets dst = y * (1 - x*x).", 0, func(x, y vec, _ []vec) vec {
		t := one()
		VMULPS(x, x, x)
		VSUBPS(x, t, t)
		VMULPS(t, y, y)
		return y
	})
	siluGrad()
}

// siluGrad reads what it writes over: the sigmoid of x.
func siluGrad() {
	at := begin("siluGrad", "func(dst, x, y *float32, n int)", "sets dst = y * (s * (1 + x*(1-s))), s being dst.", "dst", "x", "y")
	Label("loop")
	s, x, y := load(at("dst")), load(at("x")), load(at("y"))
	t := one()
	VSUBPS(s, t, t)
	VMULPS(x, t, t)
	VADDPS(one(), t, t)
	VMULPS(s, t, t)
	VMULPS(t, y, y)
	put(y, at("dst"))
	end("loop", 8)
	leave()
}

// sweep1 applies f to each vector of x, with so many numbers from p.
func sweep1(name, doc string, numbers int, f func(x vec, p []vec) vec) {
	at := begin(name, "func(dst, x *float32, n int, p *float32)", doc, "dst", "x")
	p := parameters(numbers)
	Label("loop")
	put(f(load(at("x")), p), at("dst"))
	end("loop", 8)
	leave()
}

// sweep2 is sweep1 for two operands.
func sweep2(name, doc string, numbers int, f func(x, y vec, p []vec) vec) {
	at := begin(name, "func(dst, x, y *float32, n int, p *float32)", doc, "dst", "x", "y")
	p := parameters(numbers)
	Label("loop")
	put(f(load(at("x")), load(at("y")), p), at("dst"))
	end("loop", 8)
	leave()
}

func parameters(n int) []vec {
	var out []vec
	p := Load(Param("p"), GP64())
	for k := range n {
		out = append(out, spread(Mem{Base: p, Disp: 4 * k}))
	}
	return out
}

func one() vec   { return spread(vecgen.Const32(0x3f800000)) }
func three() vec { return spread(vecgen.Const32(0x40400000)) }
func six() vec   { return spread(vecgen.Const32(0x40c00000)) }

// cut cuts x to lo, hi; a NaN stays.
func cut(x, lo, hi vec) vec {
	VMAXPS(x, lo, x)
	VMINPS(x, hi, x)
	return x
}

// between is a mask of where lo < x < hi.
func between(x, lo, hi vec) vec {
	a, b := YMM(), YMM()
	VCMPPS(Imm(30), lo, x, a) // greater than
	VCMPPS(Imm(17), hi, x, b) // less than
	VANDPS(a, b, a)
	return a
}

func hardSigmoid(x vec) vec {
	t := three()
	VADDPS(x, t, t)
	t = cut(t, vecgen.Y.Zero(), six())
	VDIVPS(six(), t, t)
	return t
}
