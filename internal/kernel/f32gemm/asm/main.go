// Asm generates the micro-kernels and the packing of package f32gemm.
//
// A micro-kernel tileRxC computes R rows by C columns of a tile (see multiplyTile). Each of its accumulators is one chain of fused
// multiply-adds over k.
package main

import (
	"flag"
	"fmt"
	"os"
	"strings"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/dlrun/dlrun/internal/kernel/vecgen"
)

// Offsets of the fields of type args, whose address is t.
const (
	offA, offB, offC, offBias = 0, 8, 16, 24
	offKC, offLDB, offLDC     = 32, 40, 48
	offIn, offLDIn            = 56, 64
	offFloor                  = 72
	offLoad, offStore         = 76, 84 // [4]uint16 each
	offLDA, offNext           = 96, 104
	offNextStep, offForm      = 112, 120
	offSums                   = 128
)

// tile generates a micro-kernel. The elements of A for one k lie side by side, or with rows each in its own row.
func tile(w vecgen.Width, mr, nv int, rows bool) {
	kind, doc := "tile", "columns, of which those of A lie lda apart."
	if rows {
		kind, doc = "rows", "columns, where the rows of A lie lda apart."
	}
	name := fmt.Sprintf("%s%dx%d%s", kind, mr, nv*w.Lanes(), w.Suffix())
	TEXT(name, NOSPLIT, "func(t *byte)")
	Pragma("noescape")
	Doc(fmt.Sprintf("%s is the micro-kernel of %d rows by %d %s", name, mr, nv*w.Lanes(), doc))
	t := Load(Param("t"), GP64())
	field := func(off int) reg.GPVirtual {
		r := GP64()
		MOVQ(Mem{Base: t, Disp: off}, r)
		return r
	}
	k := field(offKC)

	// Bring C into the cache while the products are summed.
	p, step := field(offC), field(offLDC)
	for i := range mr {
		if i > 0 {
			ADDQ(step, p)
		}
		for j := 0; j < nv*w.Bytes(); j += 64 {
			PREFETCHT0(Mem{Base: p, Disp: j})
		}
	}

	acc := make([][]reg.VecVirtual, mr)
	for i := range acc {
		for range nv {
			acc[i] = append(acc[i], w.New())
		}
	}
	sums := field(offSums)
	TESTQ(sums, sums)
	JZ(LabelRef("clear"))
	for i, row := range acc {
		for j, v := range row {
			VMOVUPS(Mem{Base: sums, Disp: (i*nv + j) * w.Bytes()}, v)
		}
	}
	JMP(LabelRef("start"))
	Label("clear")
	for _, row := range acc {
		for _, v := range row {
			w.Clear(v)
		}
	}
	Label("start")
	total := 32
	if w == vecgen.Y {
		total = 16
	}
	bv := make([]reg.VecVirtual, nv)
	for j := range bv {
		bv[j] = w.New()
	}
	bc := make([]reg.VecVirtual, max(1, min(total-mr*nv-nv, 4, mr)))
	for i := range bc {
		bc[i] = w.New()
	}

	// at is the element of A in row i; advance goes to the next k.
	a, b, lda, ldb := field(offA), field(offB), field(offLDA), field(offLDB)
	at := func(i int) Mem { return Mem{Base: a, Disp: 4 * i} }
	advance := func() { ADDQ(lda, a) }
	if rows {
		// Row i is at its base plus 0 to 8 times lda.
		far := []reg.GPVirtual{a}
		for r := 9; r < mr; r += 9 {
			q := GP64()
			LEAQ(Mem{Base: far[len(far)-1], Index: lda, Scale: 8}, q)
			ADDQ(lda, q)
			far = append(far, q)
		}
		multiples := map[int]reg.GPVirtual{1: lda}
		for _, m := range []int{3, 5, 7} {
			if mr > m {
				multiples[m] = GP64()
				LEAQ(Mem{Base: lda, Index: lda, Scale: 2}, multiples[m])
				for x := 3; x < m; x += 2 {
					LEAQ(Mem{Base: multiples[m], Index: lda, Scale: 2}, multiples[m])
				}
			}
		}
		at = func(i int) Mem {
			base, i := far[i/9], i%9
			for _, scale := range []int{1, 2, 4, 8} {
				if m, ok := multiples[i/scale]; ok && i%scale == 0 {
					return Mem{Base: base, Index: m, Scale: uint8(scale)}
				}
			}
			return Mem{Base: base}
		}
		advance = func() {
			for _, q := range far {
				ADDQ(Imm(4), q)
			}
		}
	}
	// What comes next is brought into the cache: right away if A lies in rows, else what the next tiles need is, and of A what is read about so
	// much later as memory takes.
	next, nextStep := field(offNext), field(offNextStep)
	ahead := func() { PREFETCHT0(Mem{Base: next}) }
	if !rows {
		far := GP64()
		MOVQ(lda, far)
		SHLQ(Imm(4), far)
		ahead = func() {
			PREFETCHT0(Mem{Base: a, Index: far, Scale: 1})
			PREFETCHT1(Mem{Base: next})
		}
	}

	TESTQ(k, k)
	JZ(LabelRef("store"))
	Label("loop")
	for j := range bv {
		VMOVUPS(Mem{Base: b, Disp: j * w.Bytes()}, bv[j])
	}
	for j := 0; j < nv*w.Bytes(); j += 64 {
		PREFETCHT0(Mem{Base: b, Index: ldb, Scale: 8, Disp: j})
	}
	ahead()
	ADDQ(nextStep, next)
	for i := range mr {
		r := bc[i%len(bc)]
		VBROADCASTSS(at(i), r)
		for j := range bv {
			VFMADD231PS(r, bv[j], acc[i][j])
		}
	}
	advance()
	ADDQ(ldb, b)
	DECQ(k)
	JNZ(LabelRef("loop"))

	Label("store")
	c, ldc, bias := field(offC), field(offLDC), field(offBias)
	plain(w, t, c, ldc, acc, bv)
	in, ldin := field(offIn), field(offLDIn)
	floor, add, tmp := w.New(), w.New(), bv[0]
	VBROADCASTSS(Mem{Base: t, Disp: offFloor}, floor)
	for j := range nv {
		at := j * w.Bytes()
		if w == vecgen.Z {
			KMOVW(Mem{Base: t, Disp: offLoad + 2*j}, reg.K1)
			KMOVW(Mem{Base: t, Disp: offStore + 2*j}, reg.K2)
			VMOVUPS_Z(Mem{Base: bias, Disp: at}, reg.K2, add)
		} else {
			VMOVUPS(Mem{Base: bias, Disp: at}, add)
		}
		if j > 0 {
			MOVQ(Mem{Base: t, Disp: offC}, c)
			MOVQ(Mem{Base: t, Disp: offIn}, in)
		}
		for i := range mr {
			v := acc[i][j]
			if w == vecgen.Z {
				VMOVUPS_Z(Mem{Base: in, Disp: at}, reg.K1, tmp)
				VADDPS(tmp, v, v)
			} else {
				VADDPS(Mem{Base: in, Disp: at}, v, v)
			}
			VADDPS(add, v, v)
			VMAXPS(v, floor, v) // floor > v ? floor : v, so that a NaN stays
			w.Settle(v, tmp)
			if w == vecgen.Z {
				VMOVUPS(v, reg.K2, Mem{Base: c, Disp: at})
			} else {
				VMOVUPS(v, Mem{Base: c, Disp: at})
			}
			if i < mr-1 {
				ADDQ(ldc, c)
				ADDQ(ldin, in)
			}
		}
	}
	VZEROUPPER()
	RET()
}

// plain stores a tile of whole vectors to which nothing but a bias, or what is there, is added, if t is one, or the sums as they are.
func plain(w vecgen.Width, t, c, ldc reg.Register, acc [][]reg.VecVirtual, bv []reg.VecVirtual) {
	const (
		plain = iota + 1
		raw
		biased
		added
	)
	form := GP64()
	MOVQ(Mem{Base: t, Disp: offForm}, form)
	TESTQ(form, form)
	JZ(LabelRef("general"))
	CMPQ(form, Imm(raw))
	JE(LabelRef("raw"))
	CMPQ(form, Imm(biased))
	JE(LabelRef("biased"))
	JA(LabelRef("added"))
	var floor, tmp reg.VecVirtual
	if w == vecgen.Y {
		tmp = w.New()
	}
	for _, kind := range []int{plain, raw, biased, added} {
		switch kind {
		case added:
			Label("added")
		case raw:
			Label("raw")
		case biased:
			Label("biased")
			bias := GP64()
			MOVQ(Mem{Base: t, Disp: offBias}, bias)
			for j, b := range bv {
				VMOVUPS(Mem{Base: bias, Disp: j * w.Bytes()}, b)
			}
			if w == vecgen.Z { // else the registers do not suffice
				floor = w.New()
				VBROADCASTSS(Mem{Base: t, Disp: offFloor}, floor)
			}
		}
		for i, row := range acc {
			if i > 0 {
				ADDQ(ldc, c)
			}
			for j, v := range row {
				if kind == biased {
					VADDPS(bv[j], v, v)
					if floor != nil {
						VMAXPS(v, floor, v) // floor > v ? floor : v, so that a NaN stays
					} else {
						VBROADCASTSS(Mem{Base: t, Disp: offFloor}, tmp)
						VMAXPS(v, tmp, v)
					}
				}
				if kind == added {
					VADDPS(Mem{Base: c, Disp: j * w.Bytes()}, v, v)
				}
				if kind != raw {
					w.Settle(v, tmp)
				}
				VMOVUPS(v, Mem{Base: c, Disp: j * w.Bytes()})
			}
		}
		VZEROUPPER()
		RET()
	}
	Label("general")
}

// packRows8 transposes 8 rows.
func packRows8() {
	TEXT("packRows8", NOSPLIT, "func(dst *float32, stride uintptr, rows *[8]uintptr, blocks int)")
	Pragma("noescape")
	Doc("packRows8 packs 8*blocks elements of each of 8 rows, given by their addresses: element k of row r goes to dst[k*stride+r], with stride in bytes.")
	dst, stride := Load(Param("dst"), GP64()), Load(Param("stride"), GP64())
	rows, n := Load(Param("rows"), GP64()), Load(Param("blocks"), GP64())
	var p [8]reg.GPVirtual
	for i := range p {
		p[i] = GP64()
		MOVQ(Mem{Base: rows, Disp: 8 * i}, p[i])
	}
	at := GP64()
	XORQ(at, at)
	Label("loop")
	for half := range 2 {
		var x, y [4]reg.VecVirtual
		for i := range x { // rows i and i+4
			x[i] = YMM()
			VMOVUPS(Mem{Base: p[i], Index: at, Scale: 1, Disp: 16 * half}, x[i].AsX())
			VINSERTF128(Imm(1), Mem{Base: p[i+4], Index: at, Scale: 1, Disp: 16 * half}, x[i], x[i])
		}
		for i := range y {
			y[i] = YMM()
		}
		VUNPCKLPS(x[1], x[0], y[0]) // r0k0 r1k0 r0k1 r1k1
		VUNPCKHPS(x[1], x[0], y[1]) // k2 k3
		VUNPCKLPS(x[3], x[2], y[2])
		VUNPCKHPS(x[3], x[2], y[3])
		for i := range x {
			op := VUNPCKLPD
			if i%2 == 1 {
				op = VUNPCKHPD
			}
			op(y[2+i/2], y[i/2], x[i])
			VMOVUPS(x[i], Mem{Base: dst})
			ADDQ(stride, dst)
		}
	}
	ADDQ(Imm(32), at)
	DECQ(n)
	JNZ(LabelRef("loop"))
	VZEROUPPER()
	RET()
}

// packCols copies rows of up to 16 columns.
func packCols16() {
	TEXT("packCols16", NOSPLIT, "func(dst *float32, stride uintptr, src *float32, ld uintptr, k int, mask *int32)")
	Pragma("noescape")
	Doc("packCols16 copies k rows of 16 columns, those not in the mask as zeros without reading them; stride and ld are in bytes.")
	dst, stride := Load(Param("dst"), GP64()), Load(Param("stride"), GP64())
	src, ld := Load(Param("src"), GP64()), Load(Param("ld"), GP64())
	k, mask := Load(Param("k"), GP64()), Load(Param("mask"), GP64())
	m0, m1, x0, x1 := YMM(), YMM(), YMM(), YMM()
	VMOVUPS(Mem{Base: mask}, m0)
	VMOVUPS(Mem{Base: mask, Disp: 32}, m1)
	Label("loop")
	VMASKMOVPS(Mem{Base: src}, m0, x0)
	VMASKMOVPS(Mem{Base: src, Disp: 32}, m1, x1)
	PREFETCHT0(Mem{Base: src, Index: ld, Scale: 8})
	VMOVUPS(x0, Mem{Base: dst})
	VMOVUPS(x1, Mem{Base: dst, Disp: 32})
	ADDQ(ld, src)
	ADDQ(stride, dst)
	DECQ(k)
	JNZ(LabelRef("loop"))
	VZEROUPPER()
	RET()
}

// packCols32 copies whole rows of 32 columns.
func packCols32() {
	TEXT("packCols32", NOSPLIT, "func(dst *float32, stride uintptr, src *float32, ld uintptr, k int)")
	Pragma("noescape")
	Doc("packCols32 copies k rows of 32 columns; stride and ld are in bytes.")
	dst, stride := Load(Param("dst"), GP64()), Load(Param("stride"), GP64())
	src, ld := Load(Param("src"), GP64()), Load(Param("ld"), GP64())
	k := Load(Param("k"), GP64())
	var x [4]reg.VecVirtual
	Label("loop")
	for i := range x {
		x[i] = YMM()
		VMOVUPS(Mem{Base: src, Disp: 32 * i}, x[i])
	}
	PREFETCHT0(Mem{Base: src, Index: ld, Scale: 8})
	PREFETCHT0(Mem{Base: src, Index: ld, Scale: 8, Disp: 64})
	for i := range x {
		VMOVUPS(x[i], Mem{Base: dst, Disp: 32 * i})
	}
	ADDQ(ld, src)
	ADDQ(stride, dst)
	DECQ(k)
	JNZ(LabelRef("loop"))
	VZEROUPPER()
	RET()
}

// packColsWide copies rows of up to 32 columns by vectors of 16, those not in the masks as zeros.
func packColsWide(vectors int) {
	name := fmt.Sprintf("packCols%dAVX512", 16*vectors)
	TEXT(name, NOSPLIT, "func(dst *float32, stride uintptr, src *float32, ld uintptr, k int, mask uint64)")
	Pragma("noescape")
	Doc(name + fmt.Sprintf(" copies k rows of %d columns, those whose bit in the mask is 0 as zeros without reading them; stride and ld are in bytes.", 16*vectors))
	dst, stride := Load(Param("dst"), GP64()), Load(Param("stride"), GP64())
	src, ld := Load(Param("src"), GP64()), Load(Param("ld"), GP64())
	k, mask := Load(Param("k"), GP64()), Load(Param("mask"), GP64())
	masks, x := []reg.Register{reg.K1, reg.K2}, []reg.VecVirtual{ZMM(), ZMM()}
	for j := range vectors {
		KMOVW(mask.(reg.GPVirtual).As32(), masks[j])
		SHRQ(Imm(16), mask)
	}
	far := GP64()
	LEAQ(Mem{Base: src, Index: ld, Scale: 8}, far)
	LEAQ(Mem{Base: far, Index: ld, Scale: 8}, far)
	Label("loop")
	for j := range vectors {
		VMOVUPS_Z(Mem{Base: src, Disp: 64 * j}, masks[j], x[j])
	}
	for j := range vectors {
		PREFETCHT1(Mem{Base: far, Disp: 64 * j})
	}
	for j := range vectors {
		VMOVUPS(x[j], Mem{Base: dst, Disp: 64 * j})
	}
	ADDQ(ld, src)
	ADDQ(ld, far)
	ADDQ(stride, dst)
	DECQ(k)
	JNZ(LabelRef("loop"))
	VZEROUPPER()
	RET()
}

// dispatch writes the Go function that calls the micro-kernel of a number of rows and vectors: by name, not through a table, so that
// the arguments can stay on the stack.
func dispatch(out *strings.Builder, kind string, w vecgen.Width, tiles [][2]int) {
	name := kind + w.Suffix()
	fmt.Fprintf(out, "\n// %s calls the micro-kernel of mr rows by nv vectors.\n", name)
	fmt.Fprintf(out, "func %s(mr, nv int, g *args) {\n\tt := (*byte)(unsafe.Pointer(g))\n\tswitch nv<<4 | mr {\n", name)
	for _, t := range tiles {
		fmt.Fprintf(out, "\tcase %d<<4 | %d:\n\t\t%s%dx%d%s(t)\n", t[1], t[0], kind, t[0], t[1]*w.Lanes(), w.Suffix())
	}
	fmt.Fprintf(out, "\tdefault:\n\t\tpanic(\"f32gemm: no micro-kernel of that size\")\n\t}\n}\n")
}

// family generates the micro-kernels of up to most rows by up to two vectors, or thin rows by up to four.
func family(out *strings.Builder, w vecgen.Width, rows bool, most, thin int) {
	var tiles [][2]int
	for nv := 1; nv <= 4; nv++ {
		for mr := 1; mr <= most && (nv <= 2 || mr <= thin); mr++ {
			tile(w, mr, nv, rows)
			tiles = append(tiles, [2]int{mr, nv})
		}
	}
	kind := "tile"
	if rows {
		kind = "rows"
	}
	dispatch(out, kind, w, tiles)
}

func main() {
	dispatchFile := flag.String("dispatch", "", "file for the Go code that chooses a micro-kernel")
	flag.Parse()
	var out strings.Builder
	out.WriteString("// Code generated by asm/main.go. DO NOT EDIT.\n\npackage f32gemm\n\nimport \"unsafe\"\n")
	family(&out, vecgen.Z, false, 14, 6)
	family(&out, vecgen.Y, false, 6, 2)
	family(&out, vecgen.Z, true, 14, 6)
	family(&out, vecgen.Y, true, 6, 2)
	if err := os.WriteFile(*dispatchFile, []byte(out.String()), 0o666); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	packRows8()
	packCols16()
	packCols32()
	for _, t := range [][2]int{{6, 1}, {3, 2}, {2, 3}, {2, 4}, {1, 1}} {
		tall(t[0], t[1])
	}
	packColsWide(1)
	packColsWide(2)
	Generate()
}
