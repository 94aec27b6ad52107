// Asm generates the vector kernels of package f32softmax. They do to a vector, operation by operation, what the
// package's Go code does to one element.
package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/dlrun/dlrun/internal/kernel/f32softmax/expgen"
	"github.com/dlrun/dlrun/internal/kernel/vecgen"
)

type vec = reg.VecVirtual

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
	k := expgen.Constants(w)
	i := GP64()
	XORQ(i, i)
	Label("loop")
	for v, sum := range sums {
		x := w.New()
		VMOVUPS(Mem{Base: src, Index: i, Scale: 4, Disp: v * w.Bytes()}, x)
		VSUBPS(shift, x, x)
		y := expgen.Exp(w, x, k)
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

func main() {
	expSum(vecgen.Y)
	expSum(vecgen.Z)
	numbers := places()
	for _, w := range []vecgen.Width{vecgen.Y, vecgen.Z} {
		softmaxTile(w, numbers)
		expTile(w, numbers)
	}
	dots()
	scaleRows()
	Generate()
}
