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
		gruReset(w)
		gruState(w)
		gruStateGrad(w)
		gruResetGrad(w)
		rnn(w)
		rnnGrad(w)
	}
	prefetch()
	Generate()
}

func c32(x float32) Mem { return vecgen.Const32(math.Float32bits(x)) }

// consts are the numbers that a kernel reads again and again: registers where there are enough of them, else places in memory.
type consts struct {
	w    vecgen.Width
	held map[uint32]Op
}

// hold loads the numbers of sigmoid and tanh before the loop begins.
func hold(w vecgen.Width) *consts {
	c := &consts{w, map[uint32]Op{}}
	if w == vecgen.Z {
		for _, x := range append([]float32{coef.Log2e, -coef.Log2e, coef.Magic, coef.Ln2Hi, coef.Ln2Lo, 1, 2}, coef.Expm1[1:]...) {
			v := w.New()
			VMOVUPS(c32(x), v)
			c.held[math.Float32bits(x)] = v
		}
	}
	return c
}

// op is a number as an operand.
func (c *consts) op(x float32) Op {
	if o, ok := c.held[math.Float32bits(x)]; ok {
		return o
	}
	return c32(x)
}

// copy is a number in a register that may be changed.
func (c *consts) copy(x float32) vec {
	v := c.w.New()
	if o, ok := c.held[math.Float32bits(x)].(vec); ok {
		VMOVAPS(o, v)
	} else {
		VMOVUPS(c32(x), v)
	}
	return v
}

// clamp returns x between -limit and limit, or a NaN.
func (c *consts) clamp(x vec, limit float32) vec {
	v := c.copy(limit)
	VMINPS(x, v, v) // limit < x ? limit : x, so that a NaN passes
	least := c.copy(-limit)
	VMAXPS(v, least, v)
	return v
}

// expParts returns the s and u of the Go function of that name for r = x, or r = -x where log2e is negative. x is spoilt.
func (c *consts) expParts(x vec, log2e float32) (s, u vec) {
	t, n := c.copy(coef.Magic), c.w.New()
	VFMADD231PS(c.op(log2e), x, t)
	VSUBPS(c.op(coef.Magic), t, n)
	if log2e < 0 {
		VFNMSUB231PS(c.op(coef.Ln2Hi), n, x)
	} else {
		VFNMADD231PS(c.op(coef.Ln2Hi), n, x)
	}
	VFNMADD231PS(c.op(coef.Ln2Lo), n, x)
	VPSLLD(Imm(23), t, t)
	VPADDD(c.op(1), t, t)
	p := c.copy(coef.Expm1[5])
	for k := 4; k >= 0; k-- {
		VFMADD213PS(c.op(coef.Expm1[k]), x, p)
	}
	VMULPS(x, p, p)
	return t, p
}

// settle flushes v.
func settle(w vecgen.Width, v vec) { w.Settle(v, w.New()) }

const nan = 0x7fc00000

// quotient returns a/b, or the NaN where x is one.
func (c *consts) quotient(a, b, x vec) vec {
	q := c.w.New()
	if c.w == vecgen.Z {
		VCMPPS(Imm(7), x, x, reg.K1) // ordered
		VMOVUPS(vecgen.Const32(nan), q)
		VDIVPS(b, a, reg.K1, q)
		return q
	}
	mark := c.w.New()
	VCMPPS(Imm(3), x, x, mark) // unordered
	VDIVPS(b, a, q)
	VBLENDVPS(mark, vecgen.Const32(nan), q, q)
	return q
}

// sigmoid returns the function of x.
func (c *consts) sigmoid(x vec) vec {
	s, u := c.expParts(c.clamp(x, coef.SigmoidRange), -coef.Log2e)
	VFMADD213PS(s, s, u) // e
	one := c.copy(1)
	VADDPS(one, u, u)
	return c.quotient(one, u, x)
}

// tanh returns the function of x.
func (c *consts) tanh(x vec) vec {
	a := c.clamp(x, coef.TanhRange)
	VADDPS(a, a, a)
	s, u := c.expParts(a, coef.Log2e)
	less := c.w.New()
	VSUBPS(c.op(1), s, less)
	VFMADD213PS(less, s, u) // m
	VADDPS(c.op(2), u, less)
	return c.quotient(u, less, x)
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
	k := hold(w)
	Label("loop")
	in := k.sigmoid(p.load(p.at("z", 0, "zs")))
	VMOVUPS(in, p.at("gates", 0, "gs"))
	g := k.tanh(p.load(p.at("z", 2, "zs")))
	VMOVUPS(g, p.at("gates", 2, "gs"))
	VMULPS(g, in, in)
	forget := k.sigmoid(p.load(p.at("z", 1, "zs")))
	VMOVUPS(forget, p.at("gates", 1, "gs"))
	VFMADD132PS(Mem{Base: p.base["c"]}, in, forget)
	settle(w, forget)
	VMOVUPS(forget, Mem{Base: p.base["c"]})
	out := k.sigmoid(p.load(p.at("z", 3, "zs")))
	VMOVUPS(out, p.at("gates", 3, "gs"))
	t := k.tanh(forget)
	VMULPS(t, out, out)
	p.put(out, Mem{Base: p.base["h"]})
	p.end("gates", "z", "h", "c")
}

// slope returns y*(1-y), the derivative of sigmoid.
func (p *pass) slope(y vec) vec {
	s := p.w.New()
	VMOVAPS(y, s)
	VFNMADD231PS(y, y, s)
	return s
}

// steep returns 1-y*y, the derivative of tanh.
func (p *pass) steep(k *consts, y vec) vec {
	s := k.copy(1)
	VFNMADD231PS(y, y, s)
	return s
}

// put flushes v and stores it.
func (p *pass) put(v vec, m Mem) {
	settle(p.w, v)
	VMOVUPS(v, m)
}

// product stores x*y, flushed, and spoils x.
func (p *pass) product(x, y vec, m Mem) {
	VMULPS(y, x, x)
	p.put(x, m)
}

// times returns x*y.
func (p *pass) times(x Op, y vec) vec {
	v := p.w.New()
	VMULPS(x, y, v)
	return v
}

func lstmGrad(w vecgen.Width) {
	p := begin(w, "lstmGrad", "func(dz, gates, c, dh, dc *float32, ds, gs uintptr, n int)", "is LSTMGrad", "dz", "gates", "c", "dh", "dc", "ds", "gs", "n")
	p.triple("ds")
	p.triple("gs")
	k := hold(w)
	Label("loop")
	in, forget, c := p.load(p.at("gates", 0, "gs")), p.load(p.at("gates", 1, "gs")), p.load(Mem{Base: p.base["c"]})
	after := p.times(p.at("gates", 2, "gs"), in)
	VFMADD231PS(c, forget, after)
	settle(w, after)
	t := k.tanh(after)

	dh, out := p.load(Mem{Base: p.base["dh"]}), p.load(p.at("gates", 3, "gs"))
	p.product(p.times(dh, t), p.slope(out), p.at("dz", 3, "ds"))
	VMULPS(out, dh, dh)
	VFMADD213PS(Mem{Base: p.base["dc"]}, p.steep(k, t), dh) // d

	g := p.load(p.at("gates", 2, "gs"))
	p.product(p.times(g, dh), p.slope(in), p.at("dz", 0, "ds"))
	p.product(p.times(c, dh), p.slope(forget), p.at("dz", 1, "ds"))
	p.product(p.times(in, dh), p.steep(k, g), p.at("dz", 2, "ds"))
	p.product(dh, forget, Mem{Base: p.base["dc"]})
	p.end("dz", "gates", "c", "dh", "dc")
}

func gru(w vecgen.Width) {
	p := begin(w, "gru", "func(gates, a, inner, h *float32, gs, as uintptr, n int)", "is GRU", "gates", "a", "inner", "h", "gs", "as", "n")
	k := hold(w)
	Label("loop")
	r := k.sigmoid(p.load(p.at("a", 1, "as")))
	VMOVUPS(r, p.at("gates", 1, "gs"))
	x := p.load(p.at("a", 2, "as"))
	VFMADD231PS(Mem{Base: p.base["inner"]}, r, x)
	settle(w, x)
	z := k.sigmoid(p.load(p.at("a", 0, "as")))
	VMOVUPS(z, p.at("gates", 0, "gs"))
	g := k.tanh(x)
	VMOVUPS(g, p.at("gates", 2, "gs"))
	p.state(k, z, g)
	p.end("gates", "a", "inner", "h")
}

// state stores z*h + (1-z)*g, and spoils z and g.
func (p *pass) state(k *consts, z, g vec) {
	rest := k.copy(1)
	VSUBPS(z, rest, rest)
	VMULPS(g, rest, rest)
	VFMADD132PS(Mem{Base: p.base["h"]}, rest, z)
	p.put(z, Mem{Base: p.base["h"]})
}

func gruGrad(w vecgen.Width) {
	p := begin(w, "gruGrad", "func(da, gates, inner, h, dh *float32, ds, gs uintptr, n int)", "is GRUGrad", "da", "gates", "inner", "h", "dh", "ds", "gs", "n")
	p.triple("ds")
	k := hold(w)
	Label("loop")
	z, r, g := p.load(p.at("gates", 0, "gs")), p.load(p.at("gates", 1, "gs")), p.load(p.at("gates", 2, "gs"))
	d := p.load(Mem{Base: p.base["dh"]})
	a := p.candidate(k, z, g, d)
	VMOVUPS(a, p.at("da", 0, "ds"))
	p.update(z, g, d, p.at("da", 1, "ds"))
	p.product(p.times(Mem{Base: p.base["inner"]}, a), p.slope(r), p.at("da", 2, "ds"))
	p.product(a, r, p.at("da", 3, "ds"))
	p.product(d, z, Mem{Base: p.base["dh"]})
	p.end("da", "gates", "inner", "h", "dh")
}

// candidate returns d*(1-z)*(1-g*g), flushed: the gradient of what goes into the candidate g.
func (p *pass) candidate(k *consts, z, g, d vec) vec {
	a := k.copy(1)
	VSUBPS(z, a, a)
	VMULPS(a, d, a)
	VMULPS(p.steep(k, g), a, a)
	settle(p.w, a)
	return a
}

// update stores d*(h-g)*z*(1-z), the gradient of what goes into z.
func (p *pass) update(z, g, d vec, m Mem) {
	h := p.load(Mem{Base: p.base["h"]})
	VSUBPS(g, h, h)
	VMULPS(h, d, h)
	p.product(h, p.slope(z), m)
}

func gruReset(w vecgen.Width) {
	p := begin(w, "gruReset", "func(gates, a, h, rh *float32, gs, as uintptr, n int)", "is GRUReset", "gates", "a", "h", "rh", "gs", "as", "n")
	k := hold(w)
	Label("loop")
	z := k.sigmoid(p.load(p.at("a", 0, "as")))
	VMOVUPS(z, p.at("gates", 0, "gs"))
	r := k.sigmoid(p.load(p.at("a", 1, "as")))
	VMOVUPS(r, p.at("gates", 1, "gs"))
	p.put(p.times(Mem{Base: p.base["h"]}, r), Mem{Base: p.base["rh"]})
	p.end("gates", "a", "h", "rh")
}

func gruState(w vecgen.Width) {
	p := begin(w, "gruState", "func(gates, h *float32, gs uintptr, n int)", "is GRUState", "gates", "h", "gs", "n")
	k := hold(w)
	Label("loop")
	g := k.tanh(p.load(p.at("gates", 2, "gs")))
	VMOVUPS(g, p.at("gates", 2, "gs"))
	p.state(k, p.load(p.at("gates", 0, "gs")), g)
	p.end("gates", "h")
}

func gruStateGrad(w vecgen.Width) {
	p := begin(w, "gruStateGrad", "func(da, gates, h, dh *float32, ds, gs uintptr, n int)", "is GRUStateGrad", "da", "gates", "h", "dh", "ds", "gs", "n")
	k := hold(w)
	Label("loop")
	z, g, d := p.load(p.at("gates", 0, "gs")), p.load(p.at("gates", 2, "gs")), p.load(Mem{Base: p.base["dh"]})
	VMOVUPS(p.candidate(k, z, g, d), p.at("da", 2, "ds"))
	p.update(z, g, d, p.at("da", 0, "ds"))
	p.product(d, z, Mem{Base: p.base["dh"]})
	p.end("da", "gates", "h", "dh")
}

func gruResetGrad(w vecgen.Width) {
	p := begin(w, "gruResetGrad", "func(dr, r, h, drh, dh *float32, n int)", "is GRUResetGrad", "dr", "r", "h", "drh", "dh", "n")
	Label("loop")
	r, d := p.load(Mem{Base: p.base["r"]}), p.load(Mem{Base: p.base["drh"]})
	p.product(p.times(Mem{Base: p.base["h"]}, d), p.slope(r), Mem{Base: p.base["dr"]})
	VFMADD213PS(Mem{Base: p.base["dh"]}, r, d)
	p.put(d, Mem{Base: p.base["dh"]})
	p.end("dr", "r", "h", "drh", "dh")
}

func rnn(w vecgen.Width) {
	p := begin(w, "rnn", "func(h, z *float32, n int)", "is RNN", "h", "z", "n")
	k := hold(w)
	Label("loop")
	VMOVUPS(k.tanh(p.load(Mem{Base: p.base["z"]})), Mem{Base: p.base["h"]})
	p.end("h", "z")
}

func rnnGrad(w vecgen.Width) {
	p := begin(w, "rnnGrad", "func(dz, h, dh *float32, n int)", "is RNNGrad", "dz", "h", "dh", "n")
	k := hold(w)
	Label("loop")
	p.product(p.steep(k, p.load(Mem{Base: p.base["h"]})), p.load(Mem{Base: p.base["dh"]}), Mem{Base: p.base["dz"]})
	p.end("dz", "h", "dh")
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
