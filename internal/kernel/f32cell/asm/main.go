// Asm generates the vector kernels of package f32cell. Each does to a vector, operation by operation, what the package's Go code does
// to one element.
package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/dlrun/dlrun/internal/kernel/f32cell/coef"
	"github.com/dlrun/dlrun/internal/kernel/vecgen"
)

type vec = reg.VecVirtual

func main() {
	for _, w := range []vecgen.Width{vecgen.Y, vecgen.Z} {
		lstm(w)
		lstmGrad(w)
		gru(w)
		gruGrad(w)
	}
	prefetch()
	Generate()
}

func c32(x float32) Mem { return vecgen.Const32(math.Float32bits(x)) }

const sign = 1 << 31

// expParts is the Go function of that name. x is spoilt.
func expParts(w vecgen.Width, x vec) (s, u vec) {
	t, n, r := w.New(), w.New(), w.New()
	VMULPS(c32(coef.Log2e), x, t)
	VADDPS(c32(coef.Magic), t, t)
	VSUBPS(c32(coef.Magic), t, n)
	VMULPS(c32(coef.Ln2Hi), n, r)
	VSUBPS(r, x, r)
	VMULPS(c32(coef.Ln2Lo), n, n)
	VSUBPS(n, r, r)
	VPSLLD(Imm(23), t, t)
	VPADDD(vecgen.Const32(0x3f800000), t, t)
	p := n
	VMULPS(c32(coef.Expm1[5]), r, p)
	VADDPS(c32(coef.Expm1[4]), p, p)
	for k := 3; k >= 0; k-- {
		VMULPS(r, p, p)
		VADDPS(c32(coef.Expm1[k]), p, p)
	}
	VMULPS(r, p, p)
	return t, p
}

// settle flushes v.
func settle(w vecgen.Width, v vec) { w.Settle(v, w.New()) }

func and(w vecgen.Width, m Mem, x, dst vec) {
	if w == vecgen.Z {
		VPANDD(m, x, dst)
	} else {
		VANDPS(m, x, dst)
	}
}

// sigmoid returns the function of x, flushed.
func sigmoid(w vecgen.Width, x vec) vec {
	a := w.New()
	and(w, vecgen.Const32(sign-1), x, a)
	limit := w.New()
	VMOVUPS(c32(coef.SigmoidRange), limit)
	VMINPS(a, limit, a) // limit < a ? limit : a, so that a NaN passes
	if w == vecgen.Z {
		VPXORD(vecgen.Const32(sign), a, a)
	} else {
		VXORPS(vecgen.Const32(sign), a, a)
	}
	s, u := expParts(w, a)
	one := w.New()
	VMOVUPS(c32(1), one)
	VADDPS(one, u, u)
	VMULPS(u, s, s) // e
	VADDPS(one, s, u)
	VDIVPS(u, one, u) // y
	VMULPS(u, s, s)
	if w == vecgen.Z {
		VPMOVD2M(x, reg.K1)
		VMOVAPS(s, reg.K1, u)
	} else {
		VBLENDVPS(x, s, u, u)
	}
	settle(w, u)
	return u
}

// tanh returns the function of x, flushed.
func tanh(w vecgen.Width, x vec) vec {
	a, limit := w.New(), w.New()
	and(w, vecgen.Const32(sign-1), x, a)
	VMOVUPS(c32(coef.TanhRange), limit)
	VMINPS(a, limit, a)
	VADDPS(a, a, a)
	s, u := expParts(w, a)
	VMULPS(u, s, u)
	VSUBPS(c32(1), s, s)
	VADDPS(s, u, u) // m
	VADDPS(c32(2), u, s)
	VDIVPS(s, u, u)
	and(w, vecgen.Const32(sign), x, s)
	if w == vecgen.Z {
		VPORD(s, u, u)
	} else {
		VORPS(s, u, u)
	}
	settle(w, u)
	return u
}

// pass is the loop over the n elements of a kernel's operands; n is a positive multiple of the vector.
type pass struct {
	w    vecgen.Width
	base map[string]reg.GPVirtual
}

// begin starts a kernel, whose operands of several parts have the distance of their parts, in bytes, in another argument.
func begin(w vecgen.Width, name, sig, doc string, operands ...string) *pass {
	TEXT(name+w.Suffix(), NOSPLIT, sig)
	Pragma("noescape")
	Doc(name + w.Suffix() + " " + doc + " for n elements, a multiple of the vector; strides are in bytes.")
	p := &pass{w: w, base: map[string]reg.GPVirtual{}}
	for _, o := range operands {
		r := GP64()
		Load(Param(o), r)
		p.base[o] = r
	}
	return p
}

// at is element 0 of a part of an operand; parts are below 4.
func (p *pass) at(operand string, part int, stride string) Mem {
	m := Mem{Base: p.base[operand]}
	switch part {
	case 1:
		m.Index, m.Scale = p.base[stride], 1
	case 2:
		m.Index, m.Scale = p.base[stride], 2
	case 3:
		m.Index, m.Scale = p.base[stride+"3"], 1
	}
	return m
}

// triple makes three times a stride.
func (p *pass) triple(stride string) {
	r := GP64()
	LEAQ(Mem{Base: p.base[stride], Index: p.base[stride], Scale: 2}, r)
	p.base[stride+"3"] = r
}

func (p *pass) load(m Mem) vec {
	v := p.w.New()
	VMOVUPS(m, v)
	return v
}

// end advances the operands and closes the loop.
func (p *pass) end(operands ...string) {
	for _, o := range operands {
		ADDQ(Imm(uint64(p.w.Bytes())), p.base[o])
	}
	n := p.base["n"]
	SUBQ(Imm(uint64(p.w.Lanes())), n)
	JNZ(LabelRef("loop"))
	VZEROUPPER()
	RET()
}

func lstm(w vecgen.Width) {
	p := begin(w, "lstm", "func(gates, z, h, c *float32, gs, zs uintptr, n int)", "is LSTM", "gates", "z", "h", "c", "gs", "zs", "n")
	p.triple("gs")
	p.triple("zs")
	Label("loop")
	in := sigmoid(w, p.load(p.at("z", 0, "zs")))
	VMOVUPS(in, p.at("gates", 0, "gs"))
	forget := sigmoid(w, p.load(p.at("z", 1, "zs")))
	VMOVUPS(forget, p.at("gates", 1, "gs"))
	VMULPS(Mem{Base: p.base["c"]}, forget, forget)
	g := tanh(w, p.load(p.at("z", 2, "zs")))
	VMOVUPS(g, p.at("gates", 2, "gs"))
	VMULPS(g, in, in)
	VADDPS(in, forget, forget)
	settle(w, forget)
	VMOVUPS(forget, Mem{Base: p.base["c"]})
	out := sigmoid(w, p.load(p.at("z", 3, "zs")))
	VMOVUPS(out, p.at("gates", 3, "gs"))
	t := tanh(w, forget)
	VMULPS(t, out, out)
	settle(w, out)
	VMOVUPS(out, Mem{Base: p.base["h"]})
	p.end("gates", "z", "h", "c")
}

// slope returns y*(1-y), the derivative of sigmoid.
func (p *pass) slope(y, one vec) vec {
	s := p.w.New()
	VSUBPS(y, one, s)
	VMULPS(s, y, s)
	return s
}

// put flushes v and stores it.
func (p *pass) put(v vec, m Mem) {
	settle(p.w, v)
	VMOVUPS(v, m)
}

func lstmGrad(w vecgen.Width) {
	p := begin(w, "lstmGrad", "func(dz, gates, c, dh, dc *float32, ds, gs uintptr, n int)", "is LSTMGrad", "dz", "gates", "c", "dh", "dc", "ds", "gs", "n")
	p.triple("ds")
	p.triple("gs")
	Label("loop")
	in, forget, c := p.load(p.at("gates", 0, "gs")), p.load(p.at("gates", 1, "gs")), p.load(Mem{Base: p.base["c"]})
	after, x := w.New(), w.New()
	VMULPS(c, forget, after)
	VMULPS(p.at("gates", 2, "gs"), in, x)
	VADDPS(x, after, after)
	settle(w, after)
	t := tanh(w, after)

	one := w.New()
	VMOVUPS(c32(1), one)
	dh, out := p.load(Mem{Base: p.base["dh"]}), p.load(p.at("gates", 3, "gs"))
	do := p.slope(out, one)
	VMULPS(t, dh, x)
	VMULPS(do, x, x)
	p.put(x, p.at("dz", 3, "ds"))
	VMULPS(t, t, t)
	VSUBPS(t, one, t)
	VMULPS(out, dh, dh)
	VMULPS(t, dh, dh)
	VADDPS(Mem{Base: p.base["dc"]}, dh, dh) // d

	g := p.load(p.at("gates", 2, "gs"))
	VMULPS(g, dh, x)
	di := p.slope(in, one)
	VMULPS(di, x, x)
	p.put(x, p.at("dz", 0, "ds"))
	VMULPS(c, dh, x)
	df := p.slope(forget, one)
	VMULPS(df, x, x)
	p.put(x, p.at("dz", 1, "ds"))
	VMULPS(in, dh, x)
	VMULPS(g, g, g)
	VSUBPS(g, one, g)
	VMULPS(g, x, x)
	p.put(x, p.at("dz", 2, "ds"))
	VMULPS(forget, dh, dh)
	p.put(dh, Mem{Base: p.base["dc"]})
	p.end("dz", "gates", "c", "dh", "dc")
}

func gru(w vecgen.Width) {
	p := begin(w, "gru", "func(gates, a, inner, h *float32, gs, as uintptr, n int)", "is GRU", "gates", "a", "inner", "h", "gs", "as", "n")
	Label("loop")
	z := sigmoid(w, p.load(p.at("a", 0, "as")))
	VMOVUPS(z, p.at("gates", 0, "gs"))
	r := sigmoid(w, p.load(p.at("a", 1, "as")))
	VMOVUPS(r, p.at("gates", 1, "gs"))
	VMULPS(Mem{Base: p.base["inner"]}, r, r)
	VADDPS(p.at("a", 2, "as"), r, r)
	settle(w, r)
	g := tanh(w, r)
	VMOVUPS(g, p.at("gates", 2, "gs"))
	rest := w.New()
	VMOVUPS(c32(1), rest)
	VSUBPS(z, rest, rest)
	VMULPS(Mem{Base: p.base["h"]}, z, z)
	VMULPS(g, rest, rest)
	VADDPS(rest, z, z)
	p.put(z, Mem{Base: p.base["h"]})
	p.end("gates", "a", "inner", "h")
}

func gruGrad(w vecgen.Width) {
	p := begin(w, "gruGrad", "func(da, gates, inner, h, dh *float32, ds, gs uintptr, n int)", "is GRUGrad", "da", "gates", "inner", "h", "dh", "ds", "gs", "n")
	p.triple("ds")
	Label("loop")
	one := w.New()
	VMOVUPS(c32(1), one)
	z, r, g := p.load(p.at("gates", 0, "gs")), p.load(p.at("gates", 1, "gs")), p.load(p.at("gates", 2, "gs"))
	d := p.load(Mem{Base: p.base["dh"]})
	a, x := w.New(), w.New()
	VSUBPS(z, one, a)
	VMULPS(a, d, a)
	VMULPS(g, g, x)
	VSUBPS(x, one, x)
	VMULPS(x, a, a)
	p.put(a, p.at("da", 0, "ds"))
	h := p.load(Mem{Base: p.base["h"]})
	VSUBPS(g, h, x)
	VMULPS(x, d, x)
	dz := p.slope(z, one)
	VMULPS(dz, x, x)
	p.put(x, p.at("da", 1, "ds"))
	VMULPS(Mem{Base: p.base["inner"]}, a, x)
	dr := p.slope(r, one)
	VMULPS(dr, x, x)
	p.put(x, p.at("da", 2, "ds"))
	VMULPS(r, a, a)
	p.put(a, p.at("da", 3, "ds"))
	VMULPS(z, d, d)
	p.put(d, Mem{Base: p.base["dh"]})
	p.end("da", "gates", "inner", "h", "dh")
}

func prefetch() {
	TEXT("prefetch", NOSPLIT, "func(x *float32, lines int)")
	Pragma("noescape")
	Doc("prefetch asks for some cache lines, at least one, into the second-level cache.")
	x, n := Load(Param("x"), GP64()), Load(Param("lines"), GP64())
	Label("loop")
	PREFETCHT1(Mem{Base: x})
	ADDQ(Imm(64), x)
	DECQ(n)
	JNZ(LabelRef("loop"))
	RET()
}
