// Asm generates the vector kernels of package f32softmax. They do to a vector, operation by operation, what the
// package's Go code does to one element.
package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/dlrun/dlrun/internal/kernel/f32softmax/coef"
	"github.com/dlrun/dlrun/internal/kernel/vecgen"
)

type vec = reg.VecVirtual

func c32(v float32) Mem { return vecgen.Const32(math.Float32bits(v)) }

// held returns a register with the constant v.
func held(w vecgen.Width, v float32) vec {
	x := w.New()
	VMOVUPS(c32(v), x)
	return x
}

// expSum generates the kernel of one width. Each turn of its loop does 16 elements.
func expSum(w vecgen.Width) {
	name := "expSum" + w.Suffix()
	TEXT(name, NOSPLIT, "func(dst, src *float32, n int, shift float32, lanes *float32)")
	Pragma("noescape")
	Doc(name + " sets dst = e**(src - shift) and adds dst to 16 lanes; n is a positive multiple of 16.")
	dst, src := Load(Param("dst"), GP64()), Load(Param("src"), GP64())
	n, lanes := Load(Param("n"), GP64()), Load(Param("lanes"), GP64())
	s, err := Param("shift").Resolve()
	if err != nil {
		panic(err)
	}
	shift := w.New()
	VBROADCASTSS(s.Addr, shift)
	var sums []vec
	for v := range 16 / w.Lanes() {
		x := w.New()
		VMOVUPS(Mem{Base: lanes, Disp: v * w.Bytes()}, x)
		sums = append(sums, x)
	}
	var k constants
	k.most, k.log2e, k.magic = held(w, coef.Most), held(w, coef.Log2e), held(w, coef.RoundMagic)
	k.least = held(w, coef.Least)
	if w == vecgen.Z {
		k.hi, k.lo = held(w, -coef.Ln2hi), held(w, -coef.Ln2lo)
		for _, c := range coef.Poly {
			k.poly = append(k.poly, held(w, c))
		}
	}
	i := GP64()
	XORQ(i, i)
	Label("loop")
	for v, sum := range sums {
		x := w.New()
		VMOVUPS(Mem{Base: src, Index: i, Scale: 4, Disp: v * w.Bytes()}, x)
		VSUBPS(shift, x, x)
		y := exp(w, x, &k)
		VMOVUPS(y, Mem{Base: dst, Index: i, Scale: 4, Disp: v * w.Bytes()})
		VADDPS(y, sum, sum)
	}
	ADDQ(Imm(16), i)
	CMPQ(i, n)
	JLT(LabelRef("loop"))
	for v, sum := range sums {
		VMOVUPS(sum, Mem{Base: lanes, Disp: v * w.Bytes()})
	}
	VZEROUPPER()
	RET()
}

// constants that stay in registers; there are too few of these for all in AVX2.
type constants struct {
	most, least, log2e, magic vec
	hi, lo                    vec
	poly                      []vec
}

// exp is the Go function Exp.
func exp(w vecgen.Width, x vec, k *constants) vec {
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
		VFMADD231PS(c32(-coef.Ln2hi), r, cut)
		VFMADD231PS(c32(-coef.Ln2lo), r, cut)
		VMOVUPS(c32(coef.Poly[len(coef.Poly)-1]), y)
		for i := len(coef.Poly) - 2; i >= 0; i-- {
			VFMADD213PS(c32(coef.Poly[i]), cut, y)
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

func main() {
	expSum(vecgen.Y)
	expSum(vecgen.Z)
	Generate()
}
