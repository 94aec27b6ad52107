// Asm generates the vector kernels of package f32gelu. They do to a vector, operation by operation, what the package's Go
// code does to one element.
package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/dlrun/dlrun/internal/kernel/f32gelu/coef"
	"github.com/dlrun/dlrun/internal/kernel/f32softmax/expgen"
	"github.com/dlrun/dlrun/internal/kernel/vecgen"
)

type vec = reg.VecVirtual

// sweep generates the loop of one kernel; body computes what is stored from x and, for a gradient, dy.
func sweep(w vecgen.Width, name, sig, doc string, grad bool) {
	name += w.Suffix()
	TEXT(name, NOSPLIT, sig)
	Pragma("noescape")
	Doc(name + " " + doc + "; n is a positive multiple of the vector.")
	out, in := "y", "x"
	if grad {
		out = "dx"
	}
	dst, src := Load(Param(out), GP64()), Load(Param(in), GP64())
	var dy reg.Register
	if grad {
		dy = Load(Param("dy"), GP64())
	}
	n := Load(Param("n"), GP64())
	k := expgen.Constants(w)
	i := GP64()
	XORQ(i, i)
	Label("loop")
	x := w.New()
	VMOVUPS(Mem{Base: src, Index: i, Scale: 4}, x)
	phi, e := normal(w, x, k)
	if grad {
		VMULPS(expgen.Const(coef.InvSqrt2Pi), x, x)
		VFMADD231PS(e, x, phi)
		VMULPS(Mem{Base: dy, Index: i, Scale: 4}, phi, phi)
	} else {
		VMULPS(x, phi, phi)
	}
	w.Settle(phi, e)
	VMOVUPS(phi, Mem{Base: dst, Index: i, Scale: 4})
	ADDQ(Imm(uint64(w.Lanes())), i)
	CMPQ(i, n)
	JLT(LabelRef("loop"))
	VZEROUPPER()
	RET()
}

// both generates the kernel of Both.
func both(w vecgen.Width) {
	name := "both" + w.Suffix()
	TEXT(name, NOSPLIT, "func(y, d, x *float32, n int)")
	Pragma("noescape")
	Doc(name + " sets y to gelu of x and d to its derivative; n is a positive multiple of the vector.")
	y, d, src, n := Load(Param("y"), GP64()), Load(Param("d"), GP64()), Load(Param("x"), GP64()), Load(Param("n"), GP64())
	k := expgen.Constants(w)
	i := GP64()
	XORQ(i, i)
	Label("loop")
	x, value := w.New(), w.New()
	VMOVUPS(Mem{Base: src, Index: i, Scale: 4}, x)
	phi, e := normal(w, x, k)
	VMULPS(x, phi, value)
	VMULPS(expgen.Const(coef.InvSqrt2Pi), x, x)
	VFMADD231PS(e, x, phi)
	w.Settle(value, e)
	w.Settle(phi, e)
	VMOVUPS(value, Mem{Base: y, Index: i, Scale: 4})
	VMOVUPS(phi, Mem{Base: d, Index: i, Scale: 4})
	ADDQ(Imm(uint64(w.Lanes())), i)
	CMPQ(i, n)
	JLT(LabelRef("loop"))
	VZEROUPPER()
	RET()
}

// normal is the Go function of that name.
func normal(w vecgen.Width, x vec, k *expgen.Loaded) (phi, e vec) {
	const abs = 0x7fffffff
	h, t, q := w.New(), w.New(), w.New()
	VMULPS(x, x, h)
	VMULPS(expgen.Const(-0.5), h, h)
	e = expgen.Exp(w, h, k)
	if w == vecgen.Z {
		VPANDD(vecgen.Const32(abs), x, h)
	} else {
		VPAND(vecgen.Const32(abs), x, h)
	}
	VMOVUPS(expgen.Const(1), t)
	VFMADD231PS(expgen.Const(coef.Shift), h, t)
	VMOVUPS(expgen.Const(1), h)
	VDIVPS(t, h, t)
	VMOVUPS(expgen.Const(coef.Tail[len(coef.Tail)-1]), q)
	for i := len(coef.Tail) - 2; i >= 0; i-- {
		VFMADD213PS(expgen.Const(coef.Tail[i]), t, q)
	}
	VMULPS(t, q, q)
	VMULPS(e, q, q)
	phi = w.New()
	VSUBPS(q, h, phi) // h is 1
	zero := w.Zero()
	if w == vecgen.Z {
		VCMPPS(Imm(17), zero, x, reg.K1) // less
		VMOVAPS(q, reg.K1, phi)
	} else {
		VCMPPS(Imm(17), zero, x, zero)
		VBLENDVPS(zero, q, phi, phi)
	}
	return phi, e
}

func main() {
	for _, w := range []vecgen.Width{vecgen.Y, vecgen.Z} {
		sweep(w, "values", "func(y, x *float32, n int)", "sets y to gelu of x", false)
		sweep(w, "grads", "func(dx, x, dy *float32, n int)", "sets dx to dy times the derivative of gelu at x", true)
		both(w)
	}
	Generate()
}
