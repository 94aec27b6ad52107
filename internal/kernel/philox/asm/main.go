// Asm generates the vector kernels of package philox.
package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/dlrun/dlrun/internal/kernel/vecgen"
)

// counters are those of as many blocks as a vector has 64-bit lanes: each word stands in the lower half of a lane. What
// gathers in the upper halves never matters: VPMULUDQ reads the lower ones.
type counters [4]reg.VecVirtual

func addr(name string) Mem {
	b, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	return b.Addr
}

// numbers defines 64-bit integers in memory.
func numbers(name string, v ...uint64) Mem {
	m := GLOBL(name, 8|16)
	for i, x := range v {
		DATA(8*i, U64(x))
	}
	return m
}

// generator makes random words, two groups of vectors' blocks at a time.
type generator struct {
	vecgen.Width
	key   reg.Register
	block reg.VecVirtual // the numbers of the next group's blocks
}

func newGenerator(w vecgen.Width) *generator {
	g := &generator{Width: w, key: Load(Param("key"), GP64()), block: w.New()}
	VPBROADCASTQ(addr("block"), g.block)
	VPADDQ(steps, g.block, g.block)
	return g
}

// round makes of c the next counters.
func (g *generator) round(c *counters, k0, k1 reg.VecVirtual) {
	VPMULUDQ(vecgen.Const64(0xd2511f53), c[0], c[0])
	VPMULUDQ(vecgen.Const64(0xcd9e8d57), c[2], c[2])
	t, u := g.New(), g.New()
	VPSRLQ(Imm(32), c[2], t)
	VPSRLQ(Imm(32), c[0], u)
	if g.Width == vecgen.Z {
		VPTERNLOGD(Imm(0x96), t, k0, c[1]) // the exclusive or of all three
		VPTERNLOGD(Imm(0x96), u, k1, c[3])
	} else {
		VPXOR(k0, c[1], c[1])
		VPXOR(k1, c[3], c[3])
		VPXOR(t, c[1], c[1])
		VPXOR(u, c[3], c[3])
	}
	*c = counters{c[1], c[2], c[3], c[0]}
}

// words returns vectors of the next words in order; it spoils two of the registers given.
func (g *generator) words() (out []reg.VecVirtual) {
	k0, k1 := g.New(), g.New()
	VPBROADCASTD(Mem{Base: g.key}, k0)
	VPBROADCASTD(Mem{Base: g.key, Disp: 4}, k1)
	var groups [2]counters
	for i := range groups {
		c := &groups[i]
		for j := range c {
			c[j] = g.New()
		}
		if g.Width == vecgen.Z {
			VMOVDQU64(g.block, c[0])
		} else {
			VMOVDQU(g.block, c[0])
		}
		VPSRLQ(Imm(32), g.block, c[1])
		VPBROADCASTD(Mem{Base: g.key, Disp: 8}, c[2])
		VPBROADCASTD(Mem{Base: g.key, Disp: 12}, c[3])
		VPADDQ(vecgen.Const64(uint64(g.Lanes()/2)), g.block, g.block)
	}
	for range 10 {
		for i := range groups {
			g.round(&groups[i], k0, k1)
		}
		VPADDD(vecgen.Const32(0x9e3779b9), k0, k0)
		VPADDD(vecgen.Const32(0xbb67ae85), k1, k1)
	}
	for i := range groups {
		out = append(out, g.ordered(&groups[i])...)
	}
	return out
}

// ordered returns the words of a group's blocks, block after block.
func (g *generator) ordered(c *counters) []reg.VecVirtual {
	if g.Width == vecgen.Z {
		for i := 0; i < 4; i += 2 { // two words in each lane
			VPSLLQ(Imm(32), c[i+1], c[i+1])
			VPBLENDMD(c[i+1], c[i], reg.K1, c[i])
		}
		VPUNPCKLQDQ(c[2], c[0], c[1]) // blocks 0, 2, 4 and 6
		VPUNPCKHQDQ(c[2], c[0], c[3]) // the others
		VMOVDQU64(blocks0to3, c[0])
		VMOVDQU64(blocks4to7, c[2])
		VPERMI2Q(c[3], c[1], c[0])
		VPERMI2Q(c[3], c[1], c[2])
		return []reg.VecVirtual{c[0], c[2]}
	}
	for i := 0; i < 4; i += 2 {
		VPSLLQ(Imm(32), c[i+1], c[i+1])
		VPBLENDD(Imm(0xaa), c[i+1], c[i], c[i])
	}
	VPUNPCKLQDQ(c[2], c[0], c[1]) // blocks 0 and 2
	VPUNPCKHQDQ(c[2], c[0], c[3]) // 1 and 3
	VPERM2I128(Imm(0x20), c[3], c[1], c[0])
	VPERM2I128(Imm(0x31), c[3], c[1], c[2])
	return []reg.VecVirtual{c[0], c[2]}
}

var steps, blocks0to3, blocks4to7 Mem

// start begins a kernel of n elements from a block on.
func start(w vecgen.Width, name, sig, doc string) (g *generator, n reg.Register) {
	TEXT(name+w.Suffix(), NOSPLIT, sig)
	Pragma("noescape")
	Doc(name + w.Suffix() + " " + doc)
	n = Load(Param("n"), GP64())
	g = newGenerator(w)
	if w == vecgen.Z {
		m := GP32()
		MOVL(U32(0xaaaa), m)
		KMOVW(m, reg.K1)
	}
	return g, n
}

// finish closes the loop.
func finish(w vecgen.Width, n reg.Register, pointers ...reg.Register) {
	for _, p := range pointers {
		ADDQ(U32(16*w.Lanes()), p)
	}
	SUBQ(Imm(uint64(4*w.Lanes())), n)
	JNZ(LabelRef("loop"))
	VZEROUPPER()
	RET()
}

// keep turns words into all ones (AVX2) or K2 (AVX-512) where they are at most last; it spoils t.
func keep(w vecgen.Width, word, last, t reg.VecVirtual) {
	if w == vecgen.Z {
		VPCMPUD(Imm(2), last, word, reg.K2)
		return
	}
	VPMINUD(last, word, t)
	VPCMPEQD(t, word, word)
}

func bernoulli(w vecgen.Width) {
	g, n := start(w, "bernoulli", "func(dst *float32, n int, block uint64, key *uint32, last uint32, value float32)",
		"sets n elements, a positive multiple of four vectors', to value where their words, the first of them that of the block, are at most last, and to 0 elsewhere. key is a Key.")
	dst := Load(Param("dst"), GP64())
	Label("loop")
	words := g.words()
	last, value, t := w.New(), w.New(), w.New()
	VBROADCASTSS(addr("last"), last)
	VBROADCASTSS(addr("value"), value)
	for i, x := range words {
		at := Mem{Base: dst, Disp: i * w.Bytes()}
		keep(w, x, last, t)
		if w == vecgen.Z {
			VMOVAPS_Z(value, reg.K2, x)
			VMOVUPS(x, at)
			continue
		}
		VPAND(value, x, x)
		VMOVDQU(x, at)
	}
	finish(w, n, dst)
}

func dropout(w vecgen.Width) {
	g, n := start(w, "dropout", "func(dst, src *float32, n int, block uint64, key *uint32, last uint32, value float32)",
		"sets n elements, a positive multiple of four vectors', to value times those of src where their words, the first of them that of the block, are at most last, and to 0 elsewhere. key is a Key.")
	dst, src := Load(Param("dst"), GP64()), Load(Param("src"), GP64())
	Label("loop")
	words := g.words()
	last, value, t := w.New(), w.New(), w.New()
	VBROADCASTSS(addr("last"), last)
	VBROADCASTSS(addr("value"), value)
	for i, x := range words {
		from := Mem{Base: src, Disp: i * w.Bytes()}
		keep(w, x, last, t)
		if w == vecgen.Z {
			VMULPS_Z(from, value, reg.K2, x)
			w.Settle(x, t)
		} else {
			y := w.New()
			VMULPS(from, value, y)
			w.Settle(y, t)
			VPAND(y, x, x)
		}
		VMOVUPS(x, Mem{Base: dst, Disp: i * w.Bytes()})
	}
	finish(w, n, dst, src)
}

func main() {
	steps = numbers("steps", 0, 1, 2, 3, 4, 5, 6, 7)
	blocks0to3 = numbers("blocks0to3", 0, 1, 8, 9, 2, 3, 10, 11)
	blocks4to7 = numbers("blocks4to7", 4, 5, 12, 13, 6, 7, 14, 15)
	for _, w := range []vecgen.Width{vecgen.Y, vecgen.Z} {
		bernoulli(w)
		dropout(w)
	}
	Generate()
}
