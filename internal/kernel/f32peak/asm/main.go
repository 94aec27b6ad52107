// Asm generates the kernels of package f32peak.
package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/dlrun/dlrun/internal/kernel/vecgen"
)

// lanes is Lanes of package f32peak.
const lanes = 384

// chains generates the loop for registers accumulators at a time.
func chains(w vecgen.Width, registers int) {
	name := "chains" + w.Suffix()
	TEXT(name, NOSPLIT, "func(acc *float32, a, b float32, n int)")
	Pragma("noescape")
	Doc(name + " sets each of 384 accumulators to acc*a + b, n times over; n is positive.")
	acc := Load(Param("acc"), GP64())
	a, b := w.New(), w.New()
	at, _ := Param("a").Resolve()
	bt, _ := Param("b").Resolve()
	VBROADCASTSS(at.Addr, a)
	VBROADCASTSS(bt.Addr, b)
	n := Load(Param("n"), GP64())
	groups := lanes / (registers * w.Lanes())
	g, left := GP64(), GP64()
	MOVQ(U32(groups), g)
	Label("group")
	var v []reg.VecVirtual
	for k := range registers {
		r := w.New()
		VMOVUPS(Mem{Base: acc, Disp: k * w.Bytes()}, r)
		v = append(v, r)
	}
	MOVQ(n, left)
	Label("loop")
	for _, r := range v {
		VFMADD213PS(b, a, r)
	}
	DECQ(left)
	JNZ(LabelRef("loop"))
	for k, r := range v {
		VMOVUPS(r, Mem{Base: acc, Disp: k * w.Bytes()})
	}
	ADDQ(U32(registers*w.Bytes()), acc)
	DECQ(g)
	JNZ(LabelRef("group"))
	VZEROUPPER()
	RET()
}

func main() {
	chains(vecgen.Y, 12)
	chains(vecgen.Z, 24)
	Generate()
}
