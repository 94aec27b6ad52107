// Package expgen generates the exponential of package f32softmax, for the kernels of that package and of others that
// use it. It is imported only by generators (the asm folders), which run by go generate; their output is committed.
package expgen

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/dlrun/dlrun/internal/kernel/f32softmax/coef"
	"github.com/dlrun/dlrun/internal/kernel/vecgen"
)

type vec = reg.VecVirtual

// Const returns the memory of a constant vector that repeats v.
func Const(v float32) Mem { return vecgen.Const32(math.Float32bits(v)) }

// Held returns a register with the constant v.
func Held(w vecgen.Width, v float32) reg.VecVirtual {
	x := w.New()
	VMOVUPS(Const(v), x)
	return x
}

// Loaded is the constants that are held in registers; in AVX2 there are too few of these for all.
type Loaded struct {
	most, least, log2e, magic vec
	hi, lo                    vec
	poly                      []vec
}

// Constants loads what Exp wants in registers, outside of the loop.
func Constants(w vecgen.Width) *Loaded {
	k := &Loaded{most: Held(w, coef.Most), least: Held(w, coef.Least), log2e: Held(w, coef.Log2e), magic: Held(w, coef.RoundMagic)}
	if w == vecgen.Z {
		k.hi, k.lo = Held(w, -coef.Ln2hi), Held(w, -coef.Ln2lo)
		for _, c := range coef.Poly {
			k.poly = append(k.poly, Held(w, c))
		}
	}
	return k
}

// Exp returns a register with f32softmax.Exp of x, which stays as it is. It spoils K1 and K2.
func Exp(w vecgen.Width, x reg.VecVirtual, k *Loaded) reg.VecVirtual {
	cut, t, r, y := w.New(), w.New(), w.New(), w.New()
	VMINPS(x, k.most, cut) // x where it is a NaN
	VMOVAPS(k.magic, t)
	VFMADD231PS(k.log2e, cut, t)
	VSUBPS(k.magic, t, r)
	if w == vecgen.Z {
		VFMADD231PS(k.hi, r, cut)
		VFMADD231PS(k.lo, r, cut)
		VMOVAPS(k.poly[len(k.poly)-1], y)
		for i := len(k.poly) - 2; i >= 0; i-- {
			VFMADD213PS(k.poly[i], cut, y)
		}
	} else {
		VFMADD231PS(Const(-coef.Ln2hi), r, cut)
		VFMADD231PS(Const(-coef.Ln2lo), r, cut)
		VMOVUPS(Const(coef.Poly[len(coef.Poly)-1]), y)
		for i := len(coef.Poly) - 2; i >= 0; i-- {
			VFMADD213PS(Const(coef.Poly[i]), cut, y)
		}
	}
	VPSLLD(Imm(23), t, t)
	VPADDD(t, y, y)
	const nan = 0x7fc00000
	if w == vecgen.Z {
		VCMPPS(Imm(21), k.least, x, reg.K1) // not less, or a NaN
		VMOVAPS_Z(y, reg.K1, y)
		VCMPPS(Imm(3), x, x, reg.K2) // a NaN
		VBROADCASTSS(vecgen.Const32(nan), reg.K2, y)
		return y
	}
	VCMPPS(Imm(21), k.least, x, t)
	VANDPS(t, y, y)
	VCMPPS(Imm(3), x, x, t)
	VBLENDVPS(t, vecgen.Const32(nan), y, y)
	return y
}
