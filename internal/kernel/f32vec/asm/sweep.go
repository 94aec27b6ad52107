package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/dlrun/dlrun/internal/kernel/vecgen"
)

// The sweeps are bound by memory, so there is one form of them, for AVX2; n is the number of elements, a positive multiple of 8.
// Adam is bound by its divisions and roots, and has a form for AVX-512 too: see adam.go.

// begin starts a sweep: it returns the operands' addresses and opens the loop over i.
func begin(name, sig, doc string, pointers ...string) (at func(string) Mem) {
	return beginOf(vecgen.Y, name, sig, doc, pointers...)
}

func beginOf(w vecgen.Width, name, sig, doc string, pointers ...string) (at func(string) Mem) {
	TEXT(name+w.Suffix(), NOSPLIT, sig)
	Pragma("noescape")
	Doc(name + w.Suffix() + " " + doc)
	base := map[string]reg.Register{}
	for _, p := range pointers {
		base[p] = Load(Param(p), GP64())
	}
	index = GP64()
	XORQ(index, index)
	return func(p string) Mem { return Mem{Base: base[p], Index: index, Scale: 4} }
}

var index reg.GPVirtual

// end closes the loop that label opened, advancing by step elements.
func end(label string, step int) {
	ADDQ(Imm(uint64(step)), index)
	n := Load(Param("n"), GP64())
	CMPQ(index, n)
	JLT(LabelRef(label))
}

func leave() {
	VZEROUPPER()
	RET()
}

func load(m Mem) vec {
	v := YMM()
	VMOVUPS(m, v)
	return v
}

// spread returns a vector that repeats the parameter or field at p.
func spread(p Op) vec {
	v := YMM()
	VBROADCASTSS(p, v)
	return v
}

func param(name string) Mem {
	b, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	return b.Addr
}

// put settles v and stores it.
func put(v vec, m Mem) {
	vecgen.Y.Settle(v, YMM())
	VMOVUPS(v, m)
}

func sweeps() {
	binary("add", "sets dst = a + b.", func(a, b vec) { VADDPS(b, a, a) })
	binary("sub", "sets dst = a - b.", func(a, b vec) { VSUBPS(b, a, a) })
	binary("mul", "sets dst = a * b.", func(a, b vec) { VMULPS(b, a, a) })
	binary("reluGrad", "sets dst = b where a > 0, else 0.", func(a, b vec) {
		zero := vecgen.Y.Zero()
		VCMPPS(Imm(30), zero, a, a)
		VANDPS(b, a, a)
	})
	scale()
	scaledReluGrad()
	axpy()
	relu()
	sum()
	dot()
	largest()
	colSum("colSum64", 8)
	colSum("colSum8", 1)
	momentum("momentum", false)
	momentum("nesterov", true)
	for _, w := range []vecgen.Width{vecgen.Y, vecgen.Z} {
		adam(w, "adam", false)
		adam(w, "amsgrad", true)
	}
}

func binary(name, doc string, f func(a, b vec)) {
	at := begin(name, "func(dst, a, b *float32, n int)", doc, "dst", "a", "b")
	Label("loop")
	a, b := load(at("a")), load(at("b"))
	f(a, b)
	put(a, at("dst"))
	end("loop", 8)
	leave()
}

func scale() {
	at := begin("scale", "func(dst, x *float32, n int, alpha float32)", "sets dst = alpha * x.", "dst", "x")
	alpha := spread(param("alpha"))
	Label("loop")
	x := load(at("x"))
	VMULPS(alpha, x, x)
	put(x, at("dst"))
	end("loop", 8)
	leave()
}

func scaledReluGrad() {
	at := begin("scaledReluGrad", "func(dst, y, x *float32, n int, alpha float32)", "sets dst = alpha * x where y > 0, else 0.", "dst", "y", "x")
	alpha := spread(param("alpha"))
	zero := vecgen.Y.Zero()
	Label("loop")
	y, x := load(at("y")), load(at("x"))
	VMULPS(alpha, x, x)
	VCMPPS(Imm(30), zero, y, y)
	VANDPS(y, x, x)
	put(x, at("dst"))
	end("loop", 8)
	leave()
}

func axpy() {
	at := begin("axpy", "func(y, x *float32, n int, alpha float32)", "sets y = y + alpha*x, unfused.", "y", "x")
	alpha := spread(param("alpha"))
	Label("loop")
	x := load(at("x"))
	VMULPS(alpha, x, x)
	VADDPS(at("y"), x, x)
	put(x, at("y"))
	end("loop", 8)
	leave()
}

func relu() {
	at := begin("relu", "func(dst, x *float32, n int)", "sets dst = max(x, 0), a NaN remaining.", "dst", "x")
	zero := vecgen.Y.Zero()
	Label("loop")
	x := load(at("x"))
	VMAXPS(x, zero, x)
	put(x, at("dst"))
	end("loop", 8)
	leave()
}

func sum() {
	at := begin("sum", "func(lanes, x *float32, n int)", "adds x to 16 lanes; n is a multiple of 16.", "lanes", "x")
	l := Load(Param("lanes"), GP64())
	s0, s1 := load(Mem{Base: l}), load(Mem{Base: l, Disp: 32})
	Label("loop")
	VADDPS(at("x"), s0, s0)
	VADDPS(at("x").Offset(32), s1, s1)
	end("loop", 16)
	VMOVUPS(s0, Mem{Base: l})
	VMOVUPS(s1, Mem{Base: l, Disp: 32})
	leave()
}

func dot() {
	at := begin("dot", "func(lanes, x, y *float32, n int)", "adds x*y, unfused, to 16 lanes; n is a multiple of 16.", "lanes", "x", "y")
	l := Load(Param("lanes"), GP64())
	s0, s1 := load(Mem{Base: l}), load(Mem{Base: l, Disp: 32})
	Label("loop")
	x0, x1 := load(at("x")), load(at("x").Offset(32))
	VMULPS(at("y"), x0, x0)
	VMULPS(at("y").Offset(32), x1, x1)
	VADDPS(x0, s0, s0)
	VADDPS(x1, s1, s1)
	end("loop", 16)
	VMOVUPS(s0, Mem{Base: l})
	VMOVUPS(s1, Mem{Base: l, Disp: 32})
	leave()
}

// largest keeps aside whether there was a NaN, since VMAXPS forgets one at the next element.
func largest() {
	at := begin("largest", "func(lanes, x *float32, n int)", "raises 8 lanes to the elements of x; a lane that met a NaN becomes one.", "lanes", "x")
	l := Load(Param("lanes"), GP64())
	m, nan := load(Mem{Base: l}), vecgen.Y.Zero()
	Label("loop")
	x, u := load(at("x")), YMM()
	VCMPPS(Imm(3), x, x, u)
	VORPS(u, nan, nan)
	VMAXPS(x, m, m)
	end("loop", 8)
	VORPS(nan, m, m)
	VMOVUPS(m, Mem{Base: l})
	leave()
}

// colSum adds rows of columns, each column in the order of the rows.
func colSum(name string, vectors int) {
	TEXT(name+vecgen.Y.Suffix(), NOSPLIT, "func(dst, src *float32, ld uintptr, rows int)")
	Pragma("noescape")
	Doc(name + vecgen.Y.Suffix() + " sums the columns of rows ld bytes apart.")
	dst, src := Load(Param("dst"), GP64()), Load(Param("src"), GP64())
	ld, rows := Load(Param("ld"), GP64()), Load(Param("rows"), GP64())
	var s []vec
	for range vectors {
		s = append(s, vecgen.Y.Zero())
	}
	Label("loop")
	for i, v := range s {
		VADDPS(Mem{Base: src, Disp: 32 * i}, v, v)
	}
	ADDQ(ld, src)
	DECQ(rows)
	JNZ(LabelRef("loop"))
	for i, v := range s {
		VMOVUPS(v, Mem{Base: dst, Disp: 32 * i})
	}
	leave()
}

func momentum(name string, nesterov bool) {
	at := begin(name, "func(w, m, grad *float32, n int, lr, momentum float32)", "is a step of Momentum.", "w", "m", "grad")
	lr, mom := spread(param("lr")), spread(param("momentum"))
	Label("loop")
	step := load(at("grad"))
	VMULPS(lr, step, step)
	a := load(at("m"))
	VMULPS(mom, a, a)
	VSUBPS(step, a, a)
	put(a, at("m"))
	if nesterov {
		VMULPS(mom, a, a)
		VSUBPS(step, a, a)
	}
	VADDPS(at("w"), a, a)
	put(a, at("w"))
	end("loop", 8)
	leave()
}
