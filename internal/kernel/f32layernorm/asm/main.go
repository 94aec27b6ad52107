// Asm generates the vector kernels of package f32layernorm. They are bound by memory, so there is one form of them, for AVX2. They do to
// vectors, operation by operation, what the package's Go code does to elements.
package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/dlrun/dlrun/internal/kernel/vecgen"
)

// Offsets of the fields of type args.
const (
	argX, argOut, argDy, argGamma, argBeta             = 0, 8, 16, 24, 32
	argMeans, argInvs, argDgamma, argDbeta             = 40, 48, 56, 64
	argRows, argWhole, argRest, argStride, argOutBytes = 72, 80, 88, 96, 104
	argMask, argN, argEpsilon, argRoom                 = 112, 120, 128, 136
)

type vec = reg.VecVirtual

// kernel is a kernel under construction.
type kernel struct {
	t      reg.GPVirtual
	labels int
	at     reg.GPVirtual // bytes of the row that are done
	mask   vec
}

func start(name, doc string) *kernel {
	TEXT(name, NOSPLIT, "func(t *byte)")
	Pragma("noescape")
	Doc(name + " " + doc)
	k := &kernel{t: GP64(), at: GP64(), mask: YMM()}
	Load(Param("t"), k.t)
	VMOVUPS(Mem{Base: k.pointer(argMask)}, k.mask)
	return k
}

func (k *kernel) field(off int) Mem { return Mem{Base: k.t, Disp: off} }

func (k *kernel) pointer(off int) reg.GPVirtual {
	p := GP64()
	MOVQ(k.field(off), p)
	return p
}

// load is 8 elements of p, or, masked, the rest of a row.
func (k *kernel) load(p reg.GPVirtual, masked bool) vec {
	v := YMM()
	m := Mem{Base: p, Index: k.at, Scale: 1}
	if masked {
		VMASKMOVPS(m, k.mask, v)
	} else {
		VMOVUPS(m, v)
	}
	return v
}

func (k *kernel) store(v vec, p reg.GPVirtual, masked bool) {
	m := Mem{Base: p, Index: k.at, Scale: 1}
	if masked {
		VMASKMOVPS(v, k.mask, m)
	} else {
		VMOVUPS(v, m)
	}
}

// row calls body for each vector of a row.
func (k *kernel) row(body func(masked bool)) {
	k.labels++
	name := string(rune('a' + k.labels))
	XORQ(k.at, k.at)
	CMPQ(k.at, k.field(argWhole))
	JGE(LabelRef(name + "_rest"))
	Label(name + "_loop")
	body(false)
	ADDQ(Imm(32), k.at)
	CMPQ(k.at, k.field(argWhole))
	JLT(LabelRef(name + "_loop"))
	Label(name + "_rest")
	CMPQ(k.field(argRest), Imm(0))
	JEQ(LabelRef(name + "_done"))
	body(true)
	Label(name + "_done")
}

// halves widens v to float64.
func halves(v vec) [2]vec {
	lo, hi := YMM(), YMM()
	VCVTPS2PD(v.AsX(), lo)
	VEXTRACTF128(Imm(1), v, hi.AsX())
	VCVTPS2PD(hi.AsX(), hi)
	return [2]vec{lo, hi}
}

// lanes are 8 sums in float64.
func lanes() [2]vec { return [2]vec{vecgen.Y.Zero(), vecgen.Y.Zero()} }

// fold adds the lanes and divides by n; the result is a scalar.
func (k *kernel) fold(l [2]vec) vec {
	x := XMM()
	VADDPD(l[1], l[0], l[0])
	VEXTRACTF128(Imm(1), l[0], x)
	VADDPD(x, l[0].AsX(), x)
	y := XMM()
	VUNPCKHPD(x, x, y)
	VADDSD(y, x, x)
	VDIVSD(k.field(argN), x, x)
	return x
}

// spread is a scalar float64 as a vector of float32, flushed if asked for.
func spread(x vec, flush bool) vec {
	v := YMM()
	VCVTSD2SS(x, x, v.AsX())
	VBROADCASTSS(v.AsX(), v)
	if flush {
		vecgen.Y.Settle(v, YMM())
	}
	return v
}

// note writes the first element of v to where the field off points, if anywhere, and moves that on.
func (k *kernel) note(v vec, off int, label string) {
	p := k.pointer(off)
	TESTQ(p, p)
	JZ(LabelRef(label))
	VMOVSS(v.AsX(), Mem{Base: p})
	ADDQ(Imm(4), p)
	MOVQ(p, k.field(off))
	Label(label)
}

// next goes to the next row of the kernel.
func (k *kernel) next(x, out reg.GPVirtual, more ...reg.GPVirtual) {
	for _, p := range append(more, x) {
		ADDQ(k.field(argStride), p)
	}
	ADDQ(k.field(argOutBytes), out)
	DECQ(k.field(argRows))
	JNZ(LabelRef("next"))
	VZEROUPPER()
	RET()
}

func forward() {
	k := start("forwardAVX2", "does what Forward does.")
	x, out, gamma, beta := k.pointer(argX), k.pointer(argOut), k.pointer(argGamma), k.pointer(argBeta)
	Label("next")
	sums := lanes()
	k.row(func(masked bool) {
		for h, d := range halves(k.load(x, masked)) {
			VADDPD(d, sums[h], sums[h])
		}
	})
	mean := spread(k.fold(sums), true)
	k.note(mean, argMeans, "noted_mean")
	squares := lanes()
	k.row(func(masked bool) {
		v := k.load(x, masked)
		VSUBPS(mean, v, v)
		if masked {
			VANDPS(k.mask, v, v)
		}
		for h, d := range halves(v) {
			VFMADD231PD(d, d, squares[h]) // the product is exact
		}
	})
	variance := spread(k.fold(squares), true)
	root := XMM()
	VCVTSS2SD(variance.AsX(), variance.AsX(), root)
	VADDSD(k.field(argEpsilon), root, root)
	VSQRTSD(root, root, root)
	one := XMM()
	VMOVSD(vecgen.Float64(1), one)
	VDIVSD(root, one, root)
	inv := spread(root, true)
	k.note(inv, argInvs, "noted_inv")
	k.row(func(masked bool) {
		s, h, v := k.load(gamma, masked), YMM(), YMM()
		VMULPS(s, inv, s)
		VMULPS(s, mean, h)
		VSUBPS(h, k.load(beta, masked), h)
		VMULPS(s, k.load(x, masked), v)
		VADDPS(h, v, v)
		vecgen.Y.Settle(v, h)
		k.store(v, out, masked)
	})
	k.next(x, out)
}

func backward() {
	k := start("backwardAVX2", "does what Backward does; the sums of the rest of a row are in room.")
	x, out, dy, gamma := k.pointer(argX), k.pointer(argOut), k.pointer(argDy), k.pointer(argGamma)
	room := GP64()
	LEAQ(k.field(argRoom), room)
	Label("next")
	mean, inv := YMM(), YMM()
	k.take(argMeans, mean)
	k.take(argInvs, inv)
	g, gd := lanes(), lanes()
	k.row(func(masked bool) {
		v, z := k.load(x, masked), k.load(dy, masked)
		VSUBPS(mean, v, v)
		VMULPS(k.load(gamma, masked), z, z)
		if masked {
			VANDPS(k.mask, v, v)
		}
		d := halves(v)
		for h, w := range halves(z) {
			VADDPD(w, g[h], g[h])
			VFMADD231PD(w, d[h], gd[h]) // the product is exact
		}
	})
	center := spread(k.fold(g), false)
	slope := k.fold(gd)
	wide := XMM()
	VCVTSS2SD(inv.AsX(), inv.AsX(), wide)
	VMULSD(wide, slope, slope)
	VMULSD(wide, slope, slope)
	slope = spread(slope, false)
	k.row(func(masked bool) {
		v, z := k.load(x, masked), k.load(dy, masked)
		VSUBPS(mean, v, v)
		h := YMM()
		VMULPS(inv, v, h)
		dgamma, dbeta := GP64(), GP64()
		at := func(p reg.GPVirtual, half int) Mem { return Mem{Base: p, Index: k.at, Scale: 2, Disp: 32 * half} }
		if masked {
			at = func(p reg.GPVirtual, half int) Mem { return Mem{Base: p, Disp: 32 * half} }
			MOVQ(room, dgamma)
			LEAQ(Mem{Base: room, Disp: 64}, dbeta)
		} else {
			MOVQ(k.field(argDgamma), dgamma)
			MOVQ(k.field(argDbeta), dbeta)
		}
		hs := halves(h)
		for half, w := range halves(z) {
			sum := YMM()
			VADDPD(at(dbeta, half), w, sum)
			VMOVUPD(sum, at(dbeta, half))
			sum = YMM()
			VMOVUPD(at(dgamma, half), sum)
			VFMADD231PD(w, hs[half], sum) // the product is exact
			VMOVUPD(sum, at(dgamma, half))
		}
		VMULPS(k.load(gamma, masked), z, z)
		VSUBPS(center, z, z)
		VMULPS(slope, v, v)
		VSUBPS(v, z, z)
		VMULPS(inv, z, z)
		vecgen.Y.Settle(z, v)
		k.store(z, out, masked)
	})
	k.next(x, out, dy)
}

// take spreads the element to which the field off points, and moves that on.
func (k *kernel) take(off int, v vec) {
	p := k.pointer(off)
	VBROADCASTSS(Mem{Base: p}, v)
	ADDQ(Imm(4), p)
	MOVQ(p, k.field(off))
}

func main() {
	forward()
	backward()
	Generate()
}
