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

// curve makes code for what x is multiplied by, and for the derivative, which is written over x.
type curve func(w vecgen.Width, x vec, k *expgen.Loaded) (factor vec, slope func() vec)

// sweep generates the loop of one kernel, which computes values, derivatives times dy, or values and derivatives.
func sweep(w vecgen.Width, f curve, name, doc string, values, dy, slopes bool) {
	name += w.Suffix()
	args := []string{"y", "dx", "d"}
	use := []bool{values, dy, slopes}
	sig := ""
	for i, a := range args {
		if use[i] {
			sig += a + ", "
		}
	}
	sig += "x"
	if dy {
		sig += ", dy"
	}
	TEXT(name, NOSPLIT, "func("+sig+" *float32, n int)")
	Pragma("noescape")
	Doc(name + " " + doc + "; n is a positive multiple of the vector.")
	at := map[string]reg.Register{}
	for i, a := range args {
		if use[i] {
			at[a] = Load(Param(a), GP64())
		}
	}
	src := Load(Param("x"), GP64())
	if dy {
		at["dy"] = Load(Param("dy"), GP64())
	}
	n := Load(Param("n"), GP64())
	k := expgen.Constants(w)
	i := GP64()
	XORQ(i, i)
	Label("loop")
	x, tmp := w.New(), w.New()
	VMOVUPS(Mem{Base: src, Index: i, Scale: 4}, x)
	factor, slope := f(w, x, k)
	put := func(v vec, to string) {
		w.Settle(v, tmp)
		VMOVUPS(v, Mem{Base: at[to], Index: i, Scale: 4})
	}
	if values {
		y := w.New()
		VMULPS(x, factor, y)
		put(y, "y")
	}
	if slopes {
		put(slope(), "d")
	}
	if dy {
		d := slope()
		VMULPS(Mem{Base: at["dy"], Index: i, Scale: 4}, d, d)
		put(d, "dx")
	}
	ADDQ(Imm(uint64(w.Lanes())), i)
	CMPQ(i, n)
	JLT(LabelRef("loop"))
	VZEROUPPER()
	RET()
}

// exact is gelu.
func exact(w vecgen.Width, x vec, k *expgen.Loaded) (factor vec, slope func() vec) {
	phi, e := normal(w, x, k)
	return phi, func() vec {
		VMULPS(expgen.Const(coef.InvSqrt2Pi), x, x)
		VFMADD231PS(e, x, phi)
		return phi
	}
}

// approximate is the Go function sigmoid.
func approximate(w vecgen.Width, x vec, k *expgen.Loaded) (factor vec, slope func() vec) {
	t, z, s := w.New(), w.New(), w.New()
	VMULPS(x, x, t)
	VMOVUPS(expgen.Const(coef.Twice), z)
	VFMADD231PS(expgen.Const(coef.Cubic), t, z)
	VMULPS(x, z, z)
	const sign = 1 << 31
	if w == vecgen.Z {
		VPXORD(vecgen.Const32(sign), z, z)
	} else {
		VXORPS(vecgen.Const32(sign), z, z)
	}
	e := expgen.Exp(w, z, k)
	VADDPS(expgen.Const(1), e, z)
	VMOVUPS(expgen.Const(1), s)
	VDIVPS(z, s, s)
	return s, func() vec {
		VMULPS(s, e, e)
		VMULPS(s, e, e)
		VMULPS(x, e, e)
		VMOVUPS(expgen.Const(coef.Twice), z)
		VFMADD231PS(expgen.Const(3*coef.Cubic), t, z)
		VFMADD231PS(e, z, s)
		return s
	}
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
		sweep(w, exact, "values", "sets y to gelu of x", true, false, false)
		sweep(w, exact, "grads", "sets dx to dy times the derivative of gelu at x", false, true, false)
		sweep(w, exact, "both", "sets y to gelu of x and d to its derivative", true, false, true)
		sweep(w, approximate, "tanhValues", "sets y to the approximation of gelu of x", true, false, false)
		sweep(w, approximate, "tanhGrads", "sets dx to dy times the derivative of the approximation at x", false, true, false)
		sweep(w, approximate, "tanhBoth", "sets y to the approximation of gelu of x and d to its derivative", true, false, true)
	}
	Generate()
}
