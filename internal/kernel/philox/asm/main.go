// Asm generates the vector kernel of package philox.
package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/dlrun/dlrun/internal/kernel/vecgen"
)

// counters of four blocks: each word stands in the lower half of a 64-bit lane. What gathers in the upper halves never
// matters: VPMULUDQ reads the lower ones.
type counters [4]reg.VecVirtual

func addr(name string) Mem {
	b, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	return b.Addr
}

func main() {
	TEXT("bernoulliAVX2", NOSPLIT, "func(dst *float32, n int, block uint64, key *uint32, last uint32, value float32)")
	Pragma("noescape")
	Doc("bernoulliAVX2 sets n elements, a positive multiple of 32, to value where their words, the first of them that of the block, are at most last, and to 0 elsewhere. key is a Key.")
	dst, n := Load(Param("dst"), GP64()), Load(Param("n"), GP64())
	key := Load(Param("key"), GP64())
	block := YMM()
	VPBROADCASTQ(addr("block"), block)
	steps := GLOBL("steps", 8|16)
	for i := range 4 {
		DATA(8*i, U64(uint64(i)))
	}
	VPADDQ(steps, block, block)

	Label("loop")
	k0, k1 := YMM(), YMM()
	VPBROADCASTD(Mem{Base: key}, k0)
	VPBROADCASTD(Mem{Base: key, Disp: 4}, k1)
	var groups [2]counters
	for g := range groups {
		c := &groups[g]
		for i := range c {
			c[i] = YMM()
		}
		VMOVDQU(block, c[0])
		VPSRLQ(Imm(32), block, c[1])
		VPBROADCASTD(Mem{Base: key, Disp: 8}, c[2])
		VPBROADCASTD(Mem{Base: key, Disp: 12}, c[3])
		VPADDQ(vecgen.Const64(4), block, block)
	}
	for range 10 {
		for g := range groups {
			c := &groups[g]
			VPMULUDQ(vecgen.Const64(0xd2511f53), c[0], c[0])
			VPMULUDQ(vecgen.Const64(0xcd9e8d57), c[2], c[2])
			VPXOR(k0, c[1], c[1])
			VPXOR(k1, c[3], c[3])
			t := YMM()
			VPSRLQ(Imm(32), c[2], t)
			VPXOR(t, c[1], c[1])
			VPSRLQ(Imm(32), c[0], t)
			VPXOR(t, c[3], c[3])
			*c = counters{c[1], c[2], c[3], c[0]}
		}
		VPADDD(vecgen.Const32(0x9e3779b9), k0, k0)
		VPADDD(vecgen.Const32(0xbb67ae85), k1, k1)
	}
	last, value := k0, k1
	VBROADCASTSS(addr("last"), last)
	VBROADCASTSS(addr("value"), value)
	for g := range groups {
		c := &groups[g]
		for i := 0; i < 4; i += 2 { // two words in each lane
			VPSLLQ(Imm(32), c[i+1], c[i+1])
			VPBLENDD(Imm(0xaa), c[i+1], c[i], c[i])
		}
		even, odd := c[1], c[3] // blocks 0 and 2, 1 and 3
		VPUNPCKLQDQ(c[2], c[0], even)
		VPUNPCKHQDQ(c[2], c[0], odd)
		VPERM2I128(Imm(0x20), odd, even, c[0])
		VPERM2I128(Imm(0x31), odd, even, c[2])
		for h, w := range []reg.VecVirtual{c[0], c[2]} {
			VPMINUD(last, w, even)
			VPCMPEQD(even, w, w) // at most last
			VPAND(value, w, w)
			VMOVDQU(w, Mem{Base: dst, Disp: 64*g + 32*h})
		}
	}
	ADDQ(U32(128), dst)
	SUBQ(Imm(32), n)
	JNZ(LabelRef("loop"))
	VZEROUPPER()
	RET()
	Generate()
}
