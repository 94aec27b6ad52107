package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/dlrun/dlrun/internal/kernel/vecgen"
)

// Offsets of the fields of type rowArgs.
const (
	rowX, rowY, rowOut, rowMask  = 0, 8, 16, 24
	rowLD, rowWhole, rowRest     = 32, 40, 48 // bytes from row to row, bytes of whole groups of 16, whether there is a rest
	rowRows, rowScale, rowFactor = 56, 64, 72
)

// rowKernel is a kernel over rows that end within a vector. These are bound by memory, so there is one form of them, for AVX2.
type rowKernel struct {
	t, x, c, row reg.GPVirtual
	mask         [2]vec // of the rest
}

func newRowKernel(name, doc string, more ...int) (k *rowKernel, pointers []reg.GPVirtual) {
	TEXT(name, NOSPLIT, "func(t *byte)")
	Pragma("noescape")
	Doc(name + " " + doc)
	k = &rowKernel{t: Load(Param("t"), GP64()).(reg.GPVirtual), c: GP64(), row: GP64()}
	k.x = k.pointer(rowX)
	for _, off := range more {
		pointers = append(pointers, k.pointer(off))
	}
	m := k.pointer(rowMask)
	for v := range k.mask {
		k.mask[v] = YMM()
		VMOVUPS(Mem{Base: m, Disp: 32 * v}, k.mask[v])
	}
	XORQ(k.row, k.row)
	Label("next")
	return k, pointers
}

func (k *rowKernel) pointer(off int) reg.GPVirtual {
	p := GP64()
	MOVQ(Mem{Base: k.t, Disp: off}, p)
	return p
}

// load is vector v of the group at hand of a row.
func (k *rowKernel) load(p reg.GPVirtual, v int, masked bool) vec {
	x, at := YMM(), Mem{Base: p, Index: k.c, Scale: 1, Disp: 32 * v}
	if masked {
		VMASKMOVPS(at, k.mask[v], x)
	} else {
		VMOVUPS(at, x)
	}
	return x
}

// groups calls body for each vector of the row.
func (k *rowKernel) groups(body func(v int, masked bool)) {
	XORQ(k.c, k.c)
	CMPQ(k.c, Mem{Base: k.t, Disp: rowWhole})
	JGE(LabelRef("rest"))
	Label("group")
	body(0, false)
	body(1, false)
	ADDQ(Imm(64), k.c)
	CMPQ(k.c, Mem{Base: k.t, Disp: rowWhole})
	JLT(LabelRef("group"))
	Label("rest")
	CMPQ(Mem{Base: k.t, Disp: rowRest}, Imm(0))
	JEQ(LabelRef("done"))
	body(0, true)
	body(1, true)
	Label("done")
}

// end goes on to the next row.
func (k *rowKernel) end(pointers ...reg.GPVirtual) {
	for _, p := range append(pointers, k.x) {
		ADDQ(Mem{Base: k.t, Disp: rowLD}, p)
	}
	INCQ(k.row)
	CMPQ(k.row, Mem{Base: k.t, Disp: rowRows})
	JLT(LabelRef("next"))
	VZEROUPPER()
	RET()
}

func dots() {
	k, p := newRowKernel("dotsAVX2", "does what Dots does.", rowY, rowOut)
	l := []vec{vecgen.Y.Zero(), vecgen.Y.Zero()}
	k.groups(func(v int, masked bool) {
		x := k.load(k.x, v, masked)
		VMULPS(k.load(p[0], v, masked), x, x)
		VADDPS(x, l[v], l[v])
	})
	s, t := across(vecgen.Y, l, func(a, b, d Op) { VADDPS(a, b, d) }), YMM()
	VMULSS(Mem{Base: k.t, Disp: rowScale}, s, s)
	VBROADCASTSS(s, t)
	vecgen.Y.Settle(t, YMM())
	VMOVSS(t.AsX(), Mem{Base: p[1], Index: k.row, Scale: 4})
	k.end(p[0])
}

func scaleRows() {
	k, p := newRowKernel("scaleRowsAVX2", "does what ScaleRows does.", rowFactor)
	f := YMM()
	VBROADCASTSS(Mem{Base: p[0], Index: k.row, Scale: 4}, f)
	k.groups(func(v int, masked bool) {
		x, at := k.load(k.x, v, masked), Mem{Base: k.x, Index: k.c, Scale: 1, Disp: 32 * v}
		VMULPS(f, x, x)
		vecgen.Y.Settle(x, YMM())
		if masked {
			VMASKMOVPS(x, k.mask[v], at)
		} else {
			VMOVUPS(x, at)
		}
	})
	k.end()
}
