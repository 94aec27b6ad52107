package main

import (
	"fmt"
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/dlrun/dlrun/internal/kernel/vecgen"
)

// Offsets of the fields of type transformArgs.
const (
	argSrc, argSrcPos, argSrcLine, argSrcCell = 0, 8, 16, 24
	argDst, argDstPos, argDstLine, argDstCell = 32, 40, 48, 56
	argItems, argVectors, argGroups, argFloor = 64, 72, 80, 84
	argBias, argMask, argTail                 = 88, 96, 104
)

type vec = reg.VecVirtual

// The constants of the transforms, as f32winograd.go has them.
const (
	a, b = 0.75, 1.5

	na = 2 * a * a * (a*a - b*b)
	nb = 2 * b * b * (b*b - a*a)
)

// transform is a linear map of grids, the same along both axes: in by in to out by out cells.
type transform struct {
	name, doc  string
	in, out    int
	groups     [][]int // which results are made together
	maskedFrom bool    // whether what is read may end within a vector
	maskedTo   bool    // likewise, what is written
	activate   bool    // whether bias and floor apply
	settle     bool
	// line maps a line of a grid: it returns the results of a group.
	line func(t *body, group int, x input) []vec
}

// input gives the elements of a line: in a register that may be changed, or in one that may not.
type input struct{ own, read func(k int) vec }

var transforms = []transform{
	{
		name: "input", doc: "the input's transform", in: 6, out: 6, groups: [][]int{{0, 1}, {2, 3}, {4, 5}}, maskedFrom: true,
		line: func(t *body, group int, x input) []vec {
			switch group {
			case 0:
				var out []vec
				for k := range 2 {
					v := x.own(4 + k)
					VFNMADD231PS(t.c(a*a+b*b), x.read(2+k), v)
					VFMADD231PS(t.c(a*a*b*b), x.read(k), v)
					out = append(out, v)
				}
				return out
			case 1:
				return t.evenOdd(x, b*b, a)
			}
			return t.evenOdd(x, a*a, b)
		},
	},
	{
		name: "output", doc: "the output's transform", in: 6, out: 4, groups: [][]int{{0, 2}, {1, 3}}, maskedTo: true, activate: true, settle: true,
		line: func(t *body, group int, x input) []vec {
			if group == 0 {
				s, r := x.own(2), x.own(4)
				VADDPS(x.read(3), s, s)
				VADDPS(x.read(5), r, r)
				y0 := t.w.New()
				VADDPS(x.read(0), s, y0)
				VADDPS(r, y0, y0)
				VMULPS(t.c(a*a), s, s)
				VFMADD231PS(t.c(b*b), r, s)
				return []vec{y0, s}
			}
			d, e := x.own(2), x.own(4)
			VSUBPS(x.read(3), d, d)
			VSUBPS(x.read(5), e, e)
			y1 := t.w.New()
			VMULPS(t.c(a), d, y1)
			VFMADD231PS(t.c(b), e, y1)
			VMULPS(t.c(a*a*a), d, d)
			VFMADD231PS(t.c(b*b*b), e, d)
			VADDPS(x.read(1), d, d)
			return []vec{y1, d}
		},
	},
	{
		name: "gradient", doc: "the transform of the output's gradient", in: 4, out: 6, groups: [][]int{{0, 1}, {2, 3}, {4, 5}}, maskedFrom: true,
		line: func(t *body, group int, x input) []vec {
			if group == 0 {
				return []vec{x.read(0), x.read(3)}
			}
			p := a
			if group == 2 {
				p = b
			}
			e, o := x.own(0), x.own(1)
			VFMADD231PS(t.c(p*p), x.read(2), e)
			VFMADD231PS(t.c(p*p), x.read(3), o)
			return t.plusMinus(e, o, p)
		},
	},
	{
		name: "kernel", doc: "the kernel's transform", in: 3, out: 6, groups: [][]int{{0, 1}, {2, 3}, {4, 5}}, maskedFrom: true,
		line: func(t *body, group int, x input) []vec {
			if group == 0 {
				v := x.own(0)
				VMULPS(t.c(1/(a*a*b*b)), v, v)
				return []vec{v, x.read(2)}
			}
			p, n := a, na
			if group == 2 {
				p, n = b, nb
			}
			e := x.own(0)
			VMULPS(t.c(1/n), e, e)
			VFMADD231PS(t.c(p*p/n), x.read(2), e)
			return t.plusMinus(e, x.read(1), p/n)
		},
	},
	{
		name: "kernelGrad", doc: "the transform of the kernel's gradient", in: 6, out: 3, groups: [][]int{{0, 2}, {1}}, maskedTo: true, settle: true,
		line: func(t *body, group int, x input) []vec {
			if group == 0 {
				s, r := x.own(2), x.own(4)
				VADDPS(x.read(3), s, s)
				VADDPS(x.read(5), r, r)
				v := x.own(0)
				VMULPS(t.c(1/(a*a*b*b)), v, v)
				VFMADD231PS(t.c(1/na), s, v)
				VFMADD231PS(t.c(1/nb), r, v)
				u := x.own(1)
				VFMADD231PS(t.c(a*a/na), s, u)
				VFMADD231PS(t.c(b*b/nb), r, u)
				return []vec{v, u}
			}
			d, e := x.own(2), x.own(4)
			VSUBPS(x.read(3), d, d)
			VSUBPS(x.read(5), e, e)
			VMULPS(t.c(a/na), d, d)
			VFMADD231PS(t.c(b/nb), e, d)
			return []vec{d}
		},
	},
}

// evenOdd is the even part x4 - q x2 plus and minus p times the odd part x3 - q x1.
func (t *body) evenOdd(x input, q, p float64) []vec {
	e := x.own(2)
	VFNMADD132PS(t.c(q), x.read(4), e)
	o := x.own(1)
	VFNMADD132PS(t.c(q), x.read(3), o)
	return t.plusMinus(e, o, p)
}

// plusMinus is e + p o and e - p o. It spoils e.
func (t *body) plusMinus(e, o vec, p float64) []vec {
	v := t.w.New()
	VMOVAPS(e, v)
	VFMADD231PS(t.c(p), o, v)
	VFNMADD231PS(t.c(p), o, e)
	return []vec{v, e}
}

// body is a transform under construction.
type body struct {
	*transform
	w         vecgen.Width
	constants map[float32]vec // AVX-512 has registers for them
}

// c is a constant.
func (t *body) c(v float64) Op {
	if r, ok := t.constants[float32(v)]; ok {
		return r
	}
	return vecgen.Const32(math.Float32bits(float32(v)))
}

// stride is the memory of cell i, where i3 and i5 are three and five times the distance i1 of cells.
func stride(base, i1, i3, i5 reg.GPVirtual, i int) Mem {
	switch i {
	case 0:
		return Mem{Base: base}
	case 3:
		return Mem{Base: base, Index: i3, Scale: 1}
	case 5:
		return Mem{Base: base, Index: i5, Scale: 1}
	}
	return Mem{Base: base, Index: i1, Scale: uint8(i)}
}

func (tr *transform) generate(w vecgen.Width) {
	t := &body{transform: tr, w: w, constants: map[float32]vec{}}
	name := t.name + w.Suffix()
	TEXT(name, NOSPLIT, "func(t *byte)")
	Pragma("noescape")
	Doc(fmt.Sprintf("%s is %s.", name, t.doc))
	local := AllocLocal(56)
	items, vectors, srcPos, dstPos, bias, mask, floor := local, local.Offset(8), local.Offset(16), local.Offset(24), local.Offset(32), local.Offset(40), local.Offset(48)
	param := NewParamAddr("t", 0)
	src, dst, cp, dp := GP64(), GP64(), GP64(), GP64()
	field := func(off int) Mem { return Mem{Base: cp, Disp: off} }
	MOVQ(param, cp)
	for _, f := range []struct {
		off int
		to  Mem
	}{{argItems, items}, {argSrcPos, srcPos}, {argDstPos, dstPos}} {
		MOVQ(field(f.off), dp)
		MOVQ(dp, f.to)
	}
	MOVL(field(argFloor), dp.As32())
	MOVL(dp.As32(), floor)
	steps := func(off, n int) (i1, i3, i5 reg.GPVirtual) {
		i1 = GP64()
		MOVQ(field(off), i1)
		if n > 3 {
			i3 = GP64()
			LEAQ(Mem{Base: i1, Index: i1, Scale: 2}, i3)
		}
		if n > 5 {
			i5 = GP64()
			LEAQ(Mem{Base: i1, Index: i1, Scale: 4}, i5)
		}
		return i1, i3, i5
	}
	line1, line3, line5 := steps(argSrcLine, t.in)
	cell1, cell3, cell5 := steps(argDstCell, t.out)
	srcCell, dstLine := GP64(), GP64()
	MOVQ(field(argSrcCell), srcCell)
	MOVQ(field(argDstLine), dstLine)
	if w == vecgen.Z {
		t.loadConstants()
	}

	Label("item")
	MOVQ(param, cp)
	MOVQ(field(argSrc), src)
	MOVQ(srcPos, dp)
	MOVQ(Mem{Base: dp}, dp)
	LEAQ(Mem{Base: src, Index: dp, Scale: 4}, src)
	MOVQ(field(argDst), dst)
	MOVQ(dstPos, dp)
	MOVQ(Mem{Base: dp}, dp)
	LEAQ(Mem{Base: dst, Index: dp, Scale: 4}, dst)
	ADDQ(Imm(8), srcPos)
	ADDQ(Imm(8), dstPos)
	MOVQ(field(argVectors), dp)
	MOVQ(dp, vectors)
	if t.activate {
		MOVQ(field(argBias), dp)
		MOVQ(dp, bias)
	}

	Label("vector")
	masked := t.maskedFrom || t.maskedTo
	if masked {
		MOVQ(param, cp)
		if w == vecgen.Z {
			MOVL(U32(0xffff), dp.As32())
			KMOVW(dp.As32(), reg.K1)
		} else {
			LEAQ(vecgen.Const32(0xffffffff), dp)
			MOVQ(dp, mask)
		}
		CMPQ(vectors, Imm(1))
		JNE(LabelRef("whole"))
		if w == vecgen.Z {
			KMOVW(field(argMask), reg.K1)
		} else {
			MOVQ(field(argTail), dp)
			MOVQ(dp, mask)
		}
		Label("whole")
	}
	for g, rows := range t.groups {
		next := fmt.Sprintf("group%d", g+1)
		MOVQ(param, cp)
		TESTL(U32(1<<g), field(argGroups))
		JZ(LabelRef(next))
		t.group(g, rows, registers{src: src, dst: dst, cp: cp, dp: dp, line: [3]reg.GPVirtual{line1, line3, line5}, cell: [3]reg.GPVirtual{cell1, cell3, cell5}, srcCell: srcCell, dstLine: dstLine}, bias, mask, floor)
		Label(next)
	}
	ADDQ(Imm(uint64(w.Bytes())), src)
	ADDQ(Imm(uint64(w.Bytes())), dst)
	if t.activate {
		ADDQ(Imm(uint64(w.Bytes())), bias)
	}
	DECQ(vectors)
	JNZ(LabelRef("vector"))
	DECQ(items)
	JNZ(LabelRef("item"))
	VZEROUPPER()
	RET()
}

// loadConstants brings the constants into registers.
func (t *body) loadConstants() {
	var used []float64
	switch t.name {
	case "input":
		used = []float64{a*a + b*b, a * a * b * b, a * a, b * b, a, b}
	case "output":
		used = []float64{a, b, a * a, b * b, a * a * a, b * b * b}
	case "gradient":
		used = []float64{a, b, a * a, b * b}
	case "kernel", "kernelGrad":
		used = []float64{1 / (a * a * b * b), 1 / na, a / na, a * a / na, 1 / nb, b / nb, b * b / nb}
	}
	for _, v := range used {
		r := t.w.New()
		VMOVUPS(vecgen.Const32(math.Float32bits(float32(v))), r)
		t.constants[float32(v)] = r
	}
}

// registers are a transform's.
type registers struct {
	src, dst, cp, dp reg.GPVirtual
	line, cell       [3]reg.GPVirtual
	srcCell, dstLine reg.GPVirtual
}

// group makes some rows of the result: down the columns first, then along the rows.
func (t *body) group(g int, rows []int, r registers, bias, mask, floor Mem) {
	w := t.w
	var m vec
	if t.maskedFrom && w == vecgen.Y {
		m = w.New()
		MOVQ(mask, r.dp)
		VMOVUPS(Mem{Base: r.dp}, m)
	}
	MOVQ(r.src, r.cp)
	mid := make([][]vec, len(rows)) // of each row, its columns
	for col := range t.in {
		get := func(k int) vec {
			v := w.New()
			from := stride(r.cp, r.line[0], r.line[1], r.line[2], k)
			switch {
			case !t.maskedFrom:
				VMOVUPS(from, v)
			case w == vecgen.Z:
				VMOVUPS_Z(from, reg.K1, v)
			default:
				VMASKMOVPS(from, m, v)
			}
			return v
		}
		for i, v := range t.line(t, g, input{get, get}) {
			mid[i] = append(mid[i], v)
		}
		if col < t.in-1 {
			ADDQ(r.srcCell, r.cp)
		}
	}
	for i, row := range rows {
		at := r.dst
		if row > 0 {
			at = r.dp
			base := r.dst
			if row == 3 || row == 5 {
				LEAQ(Mem{Base: r.dst, Index: r.dstLine, Scale: 1}, at)
				base = at
			}
			LEAQ(Mem{Base: base, Index: r.dstLine, Scale: [...]uint8{0, 1, 2, 2, 4, 4}[row]}, at)
		}
		x := input{read: func(k int) vec { return mid[i][k] }, own: func(k int) vec {
			v := w.New()
			VMOVAPS(mid[i][k], v)
			return v
		}}
		for g, cols := range t.groups {
			for k, v := range t.line(t, g, x) {
				t.store(v, stride(at, r.cell[0], r.cell[1], r.cell[2], cols[k]), r.cp, bias, mask, floor)
			}
		}
	}
}

// store finishes a result and stores it.
func (t *body) store(v vec, to Mem, tmp reg.GPVirtual, bias, mask, floor Mem) {
	w := t.w
	if t.activate {
		MOVQ(bias, tmp)
		VADDPS(Mem{Base: tmp}, v, v)
		f := w.New()
		VBROADCASTSS(floor, f)
		VMAXPS(v, f, v) // floor > v ? floor : v, so that a NaN stays
	}
	if t.settle {
		w.Settle(v, w.New())
	}
	switch {
	case !t.maskedTo:
		VMOVUPS(v, to)
	case w == vecgen.Z:
		VMOVUPS(v, reg.K1, to)
	default:
		m := w.New()
		MOVQ(mask, tmp)
		VMOVUPS(Mem{Base: tmp}, m)
		VMASKMOVPS(v, m, to)
	}
}
