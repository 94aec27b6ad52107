package main

import (
	"math"

	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/dlrun/dlrun/internal/kernel/f32softmax/expgen"
	"github.com/dlrun/dlrun/internal/kernel/vecgen"
)

// Offsets of the fields of type tileArgs.
const (
	argX, argLD, argW, argRows = 0, 8, 16, 24
	argLo, argHi               = 32, 40
	argMost, argSum, argFactor = 48, 56, 64
)

var minusInf = math.Float32bits(float32(math.Inf(-1)))

// tileKernel is a kernel over the rows of a tile under construction.
type tileKernel struct {
	w        vecgen.Width
	t, x     reg.GPVirtual
	row      reg.GPVirtual
	lo, hi   vec // of the row, in AVX2 less 1
	places   vec // the columns of a vector
	numbers  Mem // from 0 on
	from, to reg.GPVirtual
	c        reg.GPVirtual // the column at hand
}

func (k *tileKernel) pointer(off int) reg.GPVirtual {
	p := GP64()
	MOVQ(Mem{Base: k.t, Disp: off}, p)
	return p
}

// places are the numbers from 0 on.
func places() Mem {
	m := GLOBL("places", attr.RODATA|attr.NOPTR)
	for i := range 16 {
		DATA(4*i, U32(i))
	}
	return m
}

func newTileKernel(w vecgen.Width, numbers Mem, name, doc string) *tileKernel {
	TEXT(name+w.Suffix(), NOSPLIT, "func(t *byte)")
	Pragma("noescape")
	Doc(name + w.Suffix() + " " + doc)
	k := &tileKernel{w: w, t: Load(Param("t"), GP64()).(reg.GPVirtual), row: GP64(), lo: w.New(), hi: w.New(), places: w.New(), numbers: numbers, from: GP64(), to: GP64(), c: GP64()}
	k.x = k.pointer(argX)
	return k
}

// begin begins the loop over rows: from and to are the columns in whole groups of 16, and those before are set to 0.
func (k *tileKernel) begin() {
	XORQ(k.row, k.row)
	Label("next")
	lo, hi := k.pointer(argLo), k.pointer(argHi)
	VPBROADCASTD(Mem{Base: lo, Index: k.row, Scale: 4}, k.lo)
	VPBROADCASTD(Mem{Base: hi, Index: k.row, Scale: 4}, k.hi)
	if k.w == vecgen.Y {
		one := YMM()
		VPCMPEQD(one, one, one) // -1
		VPADDD(one, k.lo, k.lo)
	}
	MOVLQSX(Mem{Base: lo, Index: k.row, Scale: 4}, k.from)
	MOVLQSX(Mem{Base: hi, Index: k.row, Scale: 4}, k.to)
	CMPQ(k.from, k.to)
	JLT(LabelRef("some"))
	XORQ(k.from, k.from)
	XORQ(k.to, k.to)
	Label("some")
	ANDQ(I8(-16), k.from)
	ADDQ(Imm(15), k.to)
	ANDQ(I8(-16), k.to)
	XORQ(k.c, k.c)
	k.zeros("before", k.from)
}

// zeros sets the columns from c up to the end to 0.
func (k *tileKernel) zeros(label string, end Op) {
	CMPQ(k.c, end)
	JGE(LabelRef(label + "_done"))
	z := k.w.Zero()
	Label(label)
	for v := range k.vectors() {
		VMOVUPS(z, k.at(v))
	}
	ADDQ(Imm(16), k.c)
	CMPQ(k.c, end)
	JLT(LabelRef(label))
	Label(label + "_done")
}

func (k *tileKernel) vectors() int { return 16 / k.w.Lanes() }

func (k *tileKernel) at(v int) Mem {
	return Mem{Base: k.x, Index: k.c, Scale: 4, Disp: v * k.w.Bytes()}
}

// over calls body for each group of 16 columns that has one that is seen.
func (k *tileKernel) over(label string, body func()) {
	MOVQ(k.from, k.c)
	CMPQ(k.c, k.to)
	JGE(LabelRef(label + "_done"))
	VMOVD(k.from.As32(), k.places.AsX())
	VPBROADCASTD(k.places.AsX(), k.places)
	VPADDD(k.numbers, k.places, k.places)
	Label(label)
	body()
	ADDQ(Imm(16), k.c)
	CMPQ(k.c, k.to)
	JLT(LabelRef(label))
	Label(label + "_done")
}

// seen makes the mask of the vector at hand, in K4 (AVX-512) or a register, and goes on to the next.
func (k *tileKernel) seen() vec {
	if k.w == vecgen.Z {
		VPCMPD(Imm(5), k.lo, k.places, reg.K3) // not less
		VPCMPD(Imm(1), k.hi, k.places, reg.K3, reg.K4)
		VPADDD(vecgen.Const32(16), k.places, k.places)
		return nil
	}
	m, n := YMM(), YMM()
	VPCMPGTD(k.lo, k.places, m)
	VPCMPGTD(k.places, k.hi, n)
	VPAND(n, m, m)
	VPADDD(vecgen.Const32(8), k.places, k.places)
	return m
}

// end ends the loop over rows.
func (k *tileKernel) end() {
	MOVQ(k.to, k.c)
	k.zeros("behind", Mem{Base: k.t, Disp: argW})
	ADDQ(Mem{Base: k.t, Disp: argLD}, k.x)
	INCQ(k.row)
	CMPQ(k.row, Mem{Base: k.t, Disp: argRows})
	JLT(LabelRef("next"))
	VZEROUPPER()
	RET()
}

// exponentials stores those of what is seen; shift may be nil, each is called with every vector.
func (k *tileKernel) exponentials(c *expgen.Loaded, shift vec, each func(v int, y vec)) {
	k.over("exp", func() {
		for v := range k.vectors() {
			x := k.w.New()
			VMOVUPS(k.at(v), x)
			if shift != nil {
				VSUBPS(shift, x, x)
			}
			y := expgen.Exp(k.w, x, c)
			if m := k.seen(); m != nil {
				VANDPS(m, y, y)
			} else {
				VMOVAPS_Z(y, reg.K4, y)
			}
			VMOVUPS(y, k.at(v))
			each(v, y)
		}
	})
}

func expTile(w vecgen.Width, numbers Mem) {
	k := newTileKernel(w, numbers, "expTile", "does what Tile.Exp does.")
	c := expgen.Constants(w)
	k.begin()
	k.exponentials(c, nil, func(int, vec) {})
	k.end()
}

// across reduces the vectors l, as a tree, to the first element of a vector.
func across(w vecgen.Width, l []vec, op func(a, b, dst Op)) reg.VecVirtual {
	y := YMM()
	if w == vecgen.Z {
		VEXTRACTF64X4(Imm(1), l[0], y)
		op(y, l[0].AsY(), y)
	} else {
		op(l[1], l[0], y)
	}
	x, t := XMM(), XMM()
	if w == vecgen.Z {
		VEXTRACTF32X4(Imm(1), y, x)
	} else {
		VEXTRACTF128(Imm(1), y, x)
	}
	op(x, y.AsX(), x)
	VPERMILPS(Imm(0x0e), x, t)
	op(t, x, x)
	VPERMILPS(Imm(0x01), x, t)
	op(t, x, x)
	return x
}

func softmaxTile(w vecgen.Width, numbers Mem) {
	k := newTileKernel(w, numbers, "softmaxTile", "does what Tile.Softmax does.")
	c := expgen.Constants(w)
	k.begin()
	none := w.New()
	VBROADCASTSS(vecgen.Const32(minusInf), none)

	var l []vec
	for range k.vectors() {
		v := w.New()
		VBROADCASTSS(vecgen.Const32(minusInf), v)
		l = append(l, v)
	}
	k.over("most", func() {
		for v := range k.vectors() {
			x := w.New()
			// Of a NaN in the first operand the second one is taken.
			if m := k.seen(); m != nil {
				VBLENDVPS(m, k.at(v), none, x)
				VMAXPS(l[v], x, l[v])
			} else {
				VMOVUPS(k.at(v), x)
				VMAXPS(l[v], x, reg.K4, l[v])
			}
		}
	})
	m := across(w, l, func(a, b, d Op) { VMAXPS(a, b, d) })
	most, old, shift, a := k.pointer(argMost), XMM(), w.New(), XMM()
	VMOVSS(Mem{Base: most, Index: k.row, Scale: 4}, old)
	VMAXSS(old, m, m)
	VMOVSS(m, Mem{Base: most, Index: k.row, Scale: 4})
	VBROADCASTSS(m, shift)
	VUCOMISS(none.AsX(), m)
	JNE(LabelRef("shifted"))
	w.Clear(shift)
	Label("shifted")
	VMOVSS(expgen.Const(1), a)
	VUCOMISS(m, old)
	JEQ(LabelRef("factor"))
	VXORPS(a, a, a)
	VUCOMISS(none.AsX(), old)
	JEQ(LabelRef("factor"))
	d := w.New()
	VBROADCASTSS(old, d)
	VSUBPS(shift, d, d)
	VMOVAPS(expgen.Exp(w, d, c).AsX(), a)
	Label("factor")
	VMOVSS(a, Mem{Base: k.pointer(argFactor), Index: k.row, Scale: 4})
	sum := k.pointer(argSum)
	VMULSS(Mem{Base: sum, Index: k.row, Scale: 4}, a, a)
	VMOVSS(a, Mem{Base: sum, Index: k.row, Scale: 4})

	for _, v := range l {
		w.Clear(v)
	}
	k.exponentials(c, shift, func(v int, y vec) { VADDPS(y, l[v], l[v]) })
	s := across(w, l, func(a, b, d Op) { VADDPS(a, b, d) })
	sum = k.pointer(argSum)
	VADDSS(Mem{Base: sum, Index: k.row, Scale: 4}, s, s)
	VMOVSS(s, Mem{Base: sum, Index: k.row, Scale: 4})
	k.end()
}
