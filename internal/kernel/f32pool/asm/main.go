// Asm generates the vector kernels of package f32pool. They are bound by memory, so there is one form of them, for AVX2.
//
// Each goes through the positions of a row, and for each through its channels, eight at a time and the rest under a mask.
package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/dlrun/dlrun/internal/kernel/vecgen"
)

// Offsets of the fields of type args.
const (
	argX, argY, argWhere, argCells = 0, 8, 16, 24
	argNCells, argCount, argStep   = 32, 40, 48
	argFull, argAt, argMask        = 56, 64, 72
	argRest, argDivisor, argApart  = 80, 88, 96
)

type vec = reg.VecVirtual

// row is a kernel under construction.
type row struct {
	t            reg.GPVirtual
	x, y, where  reg.GPVirtual // of the position
	cells, cend  reg.GPVirtual
	count, at, c reg.GPVirtual // positions left, index of the position, channel
	mask         vec           // of the last channels
	iota         vec
	labels       int
}

func (r *row) field(off int) Mem { return Mem{Base: r.t, Disp: off} }

func (r *row) load(off int) reg.GPVirtual {
	p := GP64()
	MOVQ(r.field(off), p)
	return p
}

func (r *row) label(what string) string {
	r.labels++
	return fmt.Sprintf("%s%d", what, r.labels)
}

// kernel emits the loops around block, which does the channels from c on.
func kernel(name, doc string, where bool, setup func(r *row), block func(r *row, masked bool)) {
	TEXT(name+"AVX2", NOSPLIT, "func(t *byte)")
	Pragma("noescape")
	Doc(name + "AVX2 " + doc)
	r := &row{t: GP64()}
	Load(Param("t"), r.t)
	r.x, r.y, r.cells, r.count, r.at = r.load(argX), r.load(argY), r.load(argCells), r.load(argCount), r.load(argAt)
	if where {
		r.where = r.load(argWhere)
		r.iota = YMM()
		VMOVUPS(lanes(), r.iota)
	}
	r.cend = r.load(argNCells)
	LEAQ(Mem{Base: r.cells, Index: r.cend, Scale: 4}, r.cend)
	r.mask = YMM()
	p := r.load(argMask)
	VMOVUPS(Mem{Base: p}, r.mask)
	setup(r)
	r.c = GP64()
	Label("position")
	XORQ(r.c, r.c)
	CMPQ(r.c, r.field(argFull))
	JE(LabelRef("rest"))
	Label("channels")
	block(r, false)
	ADDQ(Imm(8), r.c)
	CMPQ(r.c, r.field(argFull))
	JNE(LabelRef("channels"))
	Label("rest")
	tail := GP64()
	MOVQ(r.field(argRest), tail)
	TESTQ(tail, tail)
	JZ(LabelRef("next"))
	block(r, true)
	ADDQ(r.field(argRest), r.c)
	Label("next")
	apart := GP64()
	MOVQ(r.field(argApart), apart)
	LEAQ(Mem{Base: r.y, Index: apart, Scale: 4}, r.y)
	if where {
		LEAQ(Mem{Base: r.where, Index: apart, Scale: 4}, r.where)
	}
	step := GP64()
	MOVQ(r.field(argStep), step)
	ADDQ(step, r.at)
	LEAQ(Mem{Base: r.x, Index: step, Scale: 4}, r.x)
	DECQ(r.count)
	JNZ(LabelRef("position"))
	VZEROUPPER()
	RET()
}

var lanesAt *Mem

// lanes is the memory of the numbers 0 to 7.
func lanes() Mem {
	if lanesAt == nil {
		m := GLOBL("lanes", attr.RODATA|attr.NOPTR)
		for i := range 8 {
			DATA(4*i, U32(uint32(i)))
		}
		lanesAt = &m
	}
	return *lanesAt
}

// eachCell emits a loop over the cells: f gets the address of the channels in the cell, and where the cell's offset is in memory.
func (r *row) eachCell(f func(m, off Mem)) {
	loop := r.label("cell")
	k, off := GP64(), GP64()
	MOVQ(r.cells, k)
	Label(loop)
	MOVLQSX(Mem{Base: k}, off)
	ADDQ(r.c, off)
	f(Mem{Base: r.x, Index: off, Scale: 4}, Mem{Base: k})
	ADDQ(Imm(4), k)
	CMPQ(k, r.cend)
	JNE(LabelRef(loop))
}

func (r *row) get(m Mem, masked bool) vec {
	v := YMM()
	if masked {
		VMASKMOVPS(m, r.mask, v)
	} else {
		VMOVUPS(m, v)
	}
	return v
}

func (r *row) put(v vec, m Mem, masked bool) {
	if masked {
		VMASKMOVPS(v, r.mask, m)
	} else {
		VMOVUPS(v, m)
	}
}

// index is the index of the elements of the position's first cell, in the example.
func (r *row) index() vec {
	i, v := GP64(), YMM()
	LEAQ(Mem{Base: r.at, Index: r.c, Scale: 1}, i)
	VMOVD(i.As32(), v.AsX())
	VPBROADCASTD(v.AsX(), v)
	VPADDD(r.iota, v, v)
	return v
}

func (r *row) channel(base reg.GPVirtual) Mem { return Mem{Base: base, Index: r.c, Scale: 4} }

func largest(where bool) {
	name, doc := "largest", "finds the largest cells of each position."
	if where {
		name, doc = "largestWhere", "finds the largest cells of each position, and where they are."
	}
	kernel(name, doc, where, func(*row) {}, func(r *row, masked bool) {
		best, off := YMM(), YMM()
		loop, first := r.label("cell"), r.label("first")
		k, o := GP64(), GP64()
		MOVQ(r.cells, k)
		MOVLQSX(Mem{Base: k}, o)
		ADDQ(r.c, o)
		x := Mem{Base: r.x, Index: o, Scale: 4}
		if masked {
			VMASKMOVPS(x, r.mask, best)
		} else {
			VMOVUPS(x, best)
		}
		VPBROADCASTD(Mem{Base: k}, off)
		JMP(LabelRef(first))
		Label(loop)
		MOVLQSX(Mem{Base: k}, o)
		ADDQ(r.c, o)
		v := r.get(x, masked)
		more, nan := YMM(), YMM()
		VCMPPS(Imm(30), best, v, more) // v > best
		VCMPPS(Imm(3), v, v, nan)
		VORPS(nan, more, more)
		VBLENDVPS(more, v, best, best)
		if where {
			w := YMM()
			VPBROADCASTD(Mem{Base: k}, w)
			VBLENDVPS(more, w, off, off)
		}
		Label(first)
		ADDQ(Imm(4), k)
		CMPQ(k, r.cend)
		JNE(LabelRef(loop))
		if where {
			VPADDD(r.index(), off, off)
			r.put(off, r.channel(r.where), masked)
		}
		vecgen.Y.Settle(best, YMM())
		r.put(best, r.channel(r.y), masked)
	})
}

// toLargest sends y back to the cells that were the largest; the others get 0, or, where it adds, keep what they have.
func toLargest(add bool) {
	name, doc := "toLargest", "sets the largest cell of each position to y and the others to 0."
	if add {
		name, doc = "addToLargest", "adds y to the largest cell of each position."
	}
	kernel(name, doc, true, func(*row) {}, func(r *row, masked bool) {
		g := r.get(r.channel(r.y), masked)
		w := r.get(r.channel(r.where), masked)
		VPSUBD(r.index(), w, w) // the cell's offset
		r.eachCell(func(m, off Mem) {
			v := YMM()
			VPBROADCASTD(off, v)
			VPCMPEQD(w, v, v)
			VANDPS(g, v, v)
			if add {
				VADDPS(r.get(m, masked), v, v)
			}
			vecgen.Y.Settle(v, YMM())
			r.put(v, m, masked)
		})
	})
}

func mean() {
	var n vec
	kernel("mean", "averages the cells of each position.", false, func(r *row) {
		n = YMM()
		VBROADCASTSS(r.field(argDivisor), n)
	}, func(r *row, masked bool) {
		s := vecgen.Y.Zero()
		r.eachCell(func(m, _ Mem) { VADDPS(r.get(m, masked), s, s) })
		VDIVPS(n, s, s)
		vecgen.Y.Settle(s, YMM())
		r.put(s, r.channel(r.y), masked)
	})
}

// toAll sends y, divided, back to all cells.
func toAll(add bool) {
	name, doc := "toAll", "sets the cells of each position to their share of y."
	if add {
		name, doc = "addToAll", "adds to the cells of each position their share of y."
	}
	var n vec
	kernel(name, doc, false, func(r *row) {
		n = YMM()
		VBROADCASTSS(r.field(argDivisor), n)
	}, func(r *row, masked bool) {
		g := r.get(r.channel(r.y), masked)
		VDIVPS(n, g, g)
		if !add {
			vecgen.Y.Settle(g, YMM())
		}
		r.eachCell(func(m, _ Mem) {
			if !add {
				r.put(g, m, masked)
				return
			}
			v := r.get(m, masked)
			VADDPS(g, v, v)
			vecgen.Y.Settle(v, YMM())
			r.put(v, m, masked)
		})
	})
}

func main() {
	largest(false)
	largest(true)
	toLargest(false)
	toLargest(true)
	mean()
	toAll(false)
	toAll(true)
	Generate()
}
