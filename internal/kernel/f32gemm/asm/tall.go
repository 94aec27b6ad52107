package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

const (
	// tallRows is how many rows of P a group has: the lanes of a vector.
	tallRows = 8
	// tallUnit is how far the sums for one row of Q lie from those for the next: the most rows of a kernel.
	tallUnit = 48
	// tallLine is how many elements of each row are transposed at a time: a cache line, which is then not needed any more.
	tallLine = 16
)

// tall generates a kernel of the products of 8*groups rows of a tall matrix P with a few rows of Q. The vectors' lanes lie along the rows
// of P, of which a line at a time is transposed into memory of its own. The sums of the groups do not depend on each other, so that they
// need not wait for each other's additions.
func tall(groups, few int) {
	name := fmt.Sprintf("tall%dx%dAVX2", groups*tallRows, few)
	TEXT(name, NOSPLIT, "func(p *float32, ldp uintptr, q *float32, ldq uintptr, k int, out, room *float32)")
	Pragma("noescape")
	Doc(fmt.Sprintf("%s multiplies %d rows of k > 0 elements, ldp bytes apart, with %d rows, ldq bytes apart; their sums are stored %d floats apart; room is %d floats.",
		name, groups*tallRows, few, tallUnit, groups*tallRows*tallLine))
	room := Mem{Base: Load(Param("room"), GP64())}
	p, q, k := Load(Param("p"), GP64()), Load(Param("q"), GP64()), Load(Param("k"), GP64())
	ps, qs := multiplesOf("ldp", tallRows), multiplesOf("ldq", few)
	acc := make([][]reg.VecVirtual, groups)
	for g := range acc {
		for range few {
			v := YMM()
			VXORPS(v, v, v)
			acc[g] = append(acc[g], v)
		}
	}
	// transpose puts a line of every row into room: element by element, those of all rows side by side.
	transpose := func(label string, load func(from Mem, s int, x reg.VecVirtual)) {
		base, to, n := GP64(), GP64(), GP64()
		MOVQ(p, base)
		MOVQ(room.Base, to)
		MOVQ(U32(groups), n)
		Label(label)
		at := func(row, s int) Mem {
			m := ps[row]
			m.Base, m.Disp = base, 16*s
			return m
		}
		for s := range tallLine / 4 {
			var x, y [4]reg.VecVirtual
			for i := range x {
				x[i] = YMM()
				load(at(i, s), s, x[i])
				y[i] = YMM()
				load(at(i+4, s), s, y[i])
				VINSERTF128(Imm(1), y[i].AsX(), x[i], x[i])
			}
			for i := range y {
				y[i] = YMM()
			}
			VUNPCKLPS(x[1], x[0], y[0])
			VUNPCKHPS(x[1], x[0], y[1])
			VUNPCKLPS(x[3], x[2], y[2])
			VUNPCKHPS(x[3], x[2], y[3])
			for i := range x {
				op := VUNPCKLPD
				if i%2 == 1 {
					op = VUNPCKHPD
				}
				op(y[2+i/2], y[i/2], x[i])
				VMOVUPS(x[i], Mem{Base: to, Disp: 4 * tallRows * groups * (4*s + i)})
			}
		}
		LEAQ(Mem{Base: base, Index: ps[1].Index, Scale: 8}, base)
		ADDQ(U8(4*tallRows), to)
		DECQ(n)
		JNZ(LabelRef(label))
	}
	// add adds the products of one element of every row.
	add := func(from Mem, disp int) {
		for j := range few {
			m, b := qs[j], YMM()
			m.Base, m.Disp = q, disp
			VBROADCASTSS(m, b)
			for g := range groups {
				VFMADD231PS(from.Offset(4*tallRows*g), b, acc[g][j])
			}
		}
	}

	CMPQ(k, U8(tallLine))
	JL(LabelRef("rest"))
	Label("lines")
	transpose("groups", func(from Mem, _ int, x reg.VecVirtual) { VBROADCASTF128(from, x) })
	for i := range tallLine {
		add(room.Offset(4*tallRows*groups*i), 4*i)
	}
	ADDQ(U8(4*tallLine), p)
	ADDQ(U8(4*tallLine), q)
	SUBQ(U8(tallLine), k)
	CMPQ(k, U8(tallLine))
	JGE(LabelRef("lines"))

	Label("rest")
	TESTQ(k, k)
	JZ(LabelRef("store"))
	masks, less := GP64(), GP64()
	LEAQ(tallMask(), masks)
	MOVQ(k, less)
	NEGQ(less)
	transpose("last", func(from Mem, s int, x reg.VecVirtual) {
		mask := YMM()
		VMOVUPS(Mem{Base: masks, Index: less, Scale: 4, Disp: 4 * (tallLine + 4*s)}, mask)
		VMASKMOVPS(from, mask, x)
	})
	from := GP64()
	MOVQ(room.Base, from)
	Label("one")
	add(Mem{Base: from}, 0)
	ADDQ(U32(4*tallRows*groups), from)
	ADDQ(U8(4), q)
	DECQ(k)
	JNZ(LabelRef("one"))

	Label("store")
	out := Load(Param("out"), GP64())
	for g := range groups {
		for j, s := range acc[g] {
			VMOVUPS(s, Mem{Base: out, Disp: 4 * (tallUnit*j + tallRows*g)})
		}
	}
	VZEROUPPER()
	RET()
}

// multiplesOf are operands, without a base, that add 0 to n-1 times the parameter.
func multiplesOf(param string, n int) []Mem {
	if n == 1 {
		return []Mem{{}}
	}
	one := GP64()
	Load(Param(param), one)
	times := map[int]reg.GPVirtual{1: one}
	for m := 3; m < n; m += 2 {
		times[m] = GP64()
		LEAQ(Mem{Base: times[m-2], Index: one, Scale: 2}, times[m])
	}
	out := []Mem{{}}
	for i := 1; i < n; i++ {
		odd, scale := i, 1
		for odd%2 == 0 {
			odd, scale = odd/2, scale*2
		}
		out = append(out, Mem{Index: times[odd], Scale: uint8(scale)})
	}
	return out
}

var tallMasks *Mem

// tallMask is memory where the mask for n elements of a line begins tallLine-n elements further. The mask of a vector of 8 says which of
// its elements are there, too; what is loaded behind the first 4 is not used.
func tallMask() Mem {
	if tallMasks == nil {
		m := GLOBL("tallMask", attr.RODATA|attr.NOPTR)
		for i := range 2*tallLine + 8 {
			v := U32(0)
			if i < tallLine {
				v = 1<<32 - 1
			}
			DATA(4*i, v)
		}
		tallMasks = &m
	}
	return *tallMasks
}
