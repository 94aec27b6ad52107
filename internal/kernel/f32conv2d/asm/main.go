// Asm generates the micro-kernels of package f32conv2d.
//
// A kernel slideRxC sums R positions by C filters over runs of the input, slidePoolRxC also takes the largest of each four positions; a kernel outerRxC sums R rows by C columns of a kernel's
// gradient over positions; depth and depthOuter are the same where each filter has a channel of its own. See the Go twins for what they compute. Each accumulator is one chain of fused multiply-adds.
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

// Offsets of the fields of type slideArgs.
const (
	slideSrc, slidePos, slideRuns, slideRunsEnd = 0, 8, 16, 24
	slideB, slideLDB, slideDst, slideOut        = 32, 40, 48, 56
	slideBias, slideFloor, slideLoad, slideMask = 64, 72, 76, 80
	slideTail                                   = 88
)

// Offsets of the fields of type run, in bytes from a position; its size.
const (
	runOff, runEnd4, runSize = 0, 8, 24
)

// Offsets of the fields of type depthTap, in bytes; its size.
const (
	tapOff, tapStep, tapSize = 0, 8, 16
)

// gp are the general registers that a kernel may use: all but the stack's and the frame's.
var gp = []reg.Register{
	reg.RAX, reg.RCX, reg.RDX, reg.RBX, reg.RSI, reg.RDI,
	reg.R8, reg.R9, reg.R10, reg.R11, reg.R12, reg.R13, reg.R14, reg.R15,
}

// accumulators returns rows of zeros.
func accumulators(w vecgen.Width, mr, nv int) [][]reg.VecVirtual {
	acc := make([][]reg.VecVirtual, mr)
	for i := range acc {
		for range nv {
			acc[i] = append(acc[i], w.Zero())
		}
	}
	return acc
}

// working returns the registers for a row of B and for the elements of A that are in flight.
func working(w vecgen.Width, mr, nv int) (bv, bc []reg.VecVirtual) {
	total := 32
	if w == vecgen.Y {
		total = 16
	}
	for range nv {
		bv = append(bv, w.New())
	}
	for range max(1, min(total-mr*nv-nv, 4, mr)) {
		bc = append(bc, w.New())
	}
	return bv, bc
}

// multiplyAdd adds the element at m times b to a row of accumulators, through c where it serves several.
func multiplyAdd(w vecgen.Width, m Mem, c reg.VecVirtual, b, acc []reg.VecVirtual) {
	if w == vecgen.Z && len(b) == 1 {
		VFMADD231PS_BCST(m, b[0], acc[0])
		return
	}
	VBROADCASTSS(m, c)
	for j := range b {
		VFMADD231PS(c, b[j], acc[j])
	}
}

// positions loads the addresses of the positions into p and that of B into gp[1], and keeps those of the runs. The arguments are at gp[0].
func positions(p []reg.Register, next, last Mem) {
	at, b := gp[0], gp[1]
	field := func(off int) Mem { return Mem{Base: at, Disp: off} }
	MOVQ(field(slideRuns), b)
	MOVQ(b, next)
	MOVQ(field(slideRunsEnd), b)
	MOVQ(b, last)
	MOVQ(field(slidePos), b)
	for i := range p {
		MOVQ(Mem{Base: b, Disp: 8 * i}, p[i])
	}
	MOVQ(field(slideSrc), b)
	for i := range p {
		LEAQ(Mem{Base: b, Index: p[i], Scale: 4}, p[i])
	}
	MOVQ(field(slideB), b)
}

func slide(w vecgen.Width, mr, nv int) {
	slideTile(w, mr, nv, "slide", "", storeTile)
}

// slidePool is slide where the largest of each poolCells positions is stored.
func slidePool(w vecgen.Width, mr, nv int) {
	slideTile(w, mr, nv, "slidePool", ", of which it pools each four", poolTile)
}

type ending func(w vecgen.Width, mr, nv int, acc [][]reg.VecVirtual, floor reg.VecVirtual, param Mem)

func slideTile(w vecgen.Width, mr, nv int, name, what string, store ending) {
	name = fmt.Sprintf("%s%dx%d%s", name, mr, nv*w.Lanes(), w.Suffix())
	TEXT(name, NOSPLIT, "func(t *byte)")
	Pragma("noescape")
	Doc(fmt.Sprintf("%s is the micro-kernel of %d positions by %d filters%s.", name, mr, nv*w.Lanes(), what))
	// There is a register for each position, one for B, and at, the place in the run; what is left over lives on the stack.
	local := AllocLocal(40)
	end4, end, next, last, ldb := local, local.Offset(8), local.Offset(16), local.Offset(24), local.Offset(32)
	at, b, p := gp[0], gp[1], gp[2:2+mr]
	param := NewParamAddr("t", 0)
	field := func(off int) Mem { return Mem{Base: at, Disp: off} }
	MOVQ(param, at)
	MOVQ(field(slideLDB), b)
	MOVQ(b, ldb)
	positions(p, next, last)
	acc := accumulators(w, mr, nv)
	bv, bc := working(w, mr, nv)
	step := func(disp int) {
		for j := range bv {
			VMOVUPS(Mem{Base: b, Disp: j * w.Bytes()}, bv[j])
		}
		ADDQ(ldb, b)
		for i := range p {
			multiplyAdd(w, Mem{Base: p[i], Index: at, Scale: 1, Disp: disp}, bc[i%len(bc)], bv, acc[i])
		}
	}

	Label("run")
	MOVQ(next, at)
	CMPQ(at, last)
	JE(LabelRef("store"))
	ADDQ(Imm(runSize), next)
	x := bc[0].AsX()
	VMOVUPS(Mem{Base: at, Disp: runEnd4}, x)
	VMOVUPS(x, end4)
	MOVQ(Mem{Base: at, Disp: runOff}, at)
	CMPQ(at, end4)
	JE(LabelRef("rest"))
	Label("four")
	for k := range 4 {
		step(4 * k)
	}
	ADDQ(Imm(16), at)
	CMPQ(at, end4)
	JNE(LabelRef("four"))
	Label("rest")
	CMPQ(at, end)
	JE(LabelRef("run"))
	Label("one")
	step(0)
	ADDQ(Imm(4), at)
	CMPQ(at, end)
	JNE(LabelRef("one"))
	JMP(LabelRef("run"))

	store(w, mr, nv, acc, bc[0], param)
}

// poolCells is how many positions a slidePool kernel pools: those of a window.
const poolCells = 4

// poolTile ends a kernel over positions: it adds the bias, and stores the largest of each poolCells positions. It is for AVX-512.
func poolTile(w vecgen.Width, mr, nv int, acc [][]reg.VecVirtual, floor reg.VecVirtual, param Mem) {
	at := gp[0]
	field := func(off int) Mem { return Mem{Base: at, Disp: off} }
	Label("store")
	MOVQ(param, at)
	out, dst, bias, row := gp[1], gp[2], gp[3], gp[4]
	MOVQ(field(slideOut), out)
	MOVQ(field(slideDst), dst)
	MOVQ(field(slideBias), bias)
	VBROADCASTSS(field(slideFloor), floor)
	add := w.New()
	for j := range nv {
		disp := j * w.Bytes()
		KMOVW(Mem{Base: at, Disp: slideMask + 2*j}, reg.K2)
		VMOVUPS_Z(Mem{Base: bias, Disp: disp}, reg.K2, add)
		for i := 0; i < mr; i += poolCells {
			v := func(k int) reg.VecVirtual { return acc[i+k][j] }
			for k := range poolCells {
				VADDPS(add, v(k), v(k))
			}
			// The maximum is wrong where one of the two is no number.
			VCMPPS(Imm(3), v(0), v(1), reg.K3)
			VCMPPS(Imm(3), v(2), v(3), reg.K4)
			KORW(reg.K3, reg.K4, reg.K3)
			VMAXPS(v(0), v(1), v(0))
			VMAXPS(v(2), v(3), v(2))
			VMAXPS(v(0), v(2), v(0))
			VMAXPS(v(0), floor, v(0))
			VFPCLASSPSZ(Imm(0x26), v(0), reg.K7) // denormals and both zeros
			VXORPS(v(0), v(0), reg.K7, v(0))
			VBROADCASTSS(vecgen.Const32(0x7fc00000), reg.K3, v(0))
			MOVQ(Mem{Base: out, Disp: 8 * (i / poolCells)}, row)
			LEAQ(Mem{Base: dst, Index: row, Scale: 4}, row)
			VMOVUPS(v(0), reg.K2, Mem{Base: row, Disp: disp})
		}
	}
	VZEROUPPER()
	RET()
}

// storeTile ends a kernel over positions: it adds what is there, if asked to, and the bias, and stores. It spoils the registers gp.
func storeTile(w vecgen.Width, mr, nv int, acc [][]reg.VecVirtual, floor reg.VecVirtual, param Mem) {
	at := gp[0]
	field := func(off int) Mem { return Mem{Base: at, Disp: off} }
	Label("store")
	MOVQ(param, at)
	out, dst, bias, row := gp[1], gp[2], gp[3], gp[4]
	MOVQ(field(slideOut), out)
	MOVQ(field(slideDst), dst)
	MOVQ(field(slideBias), bias)
	rowAt := func(i int) {
		MOVQ(Mem{Base: out, Disp: 8 * i}, row)
		LEAQ(Mem{Base: dst, Index: row, Scale: 4}, row)
	}
	VBROADCASTSS(field(slideFloor), floor)
	tmp := w.New()
	add := tmp
	if w == vecgen.Z {
		add = w.New()
	}
	for j := range nv {
		disp := j * w.Bytes()
		if w == vecgen.Z {
			KMOVW(Mem{Base: at, Disp: slideMask + 2*j}, reg.K2)
			VMOVUPS_Z(Mem{Base: bias, Disp: disp}, reg.K2, add)
		}
		load := fmt.Sprintf("write%d", j)
		CMPL(field(slideLoad), Imm(0))
		JE(LabelRef(load))
		for i := range mr {
			rowAt(i)
			if w == vecgen.Z {
				VMOVUPS_Z(Mem{Base: row, Disp: disp}, reg.K2, tmp)
				VADDPS(tmp, acc[i][j], acc[i][j])
			} else {
				VADDPS(Mem{Base: row, Disp: disp}, acc[i][j], acc[i][j])
			}
		}
		Label(load)
		for i := range mr {
			v := acc[i][j]
			rowAt(i)
			if w == vecgen.Z {
				VADDPS(add, v, v)
			} else {
				VADDPS(Mem{Base: bias, Disp: disp}, v, v)
			}
			VMAXPS(v, floor, v) // floor > v ? floor : v, so that a NaN stays
			w.Settle(v, tmp)
			if w == vecgen.Z {
				VMOVUPS(v, reg.K2, Mem{Base: row, Disp: disp})
			} else {
				VMOVUPS(v, Mem{Base: row, Disp: disp})
			}
		}
	}
	VZEROUPPER()
	RET()
}

// Offsets of the fields of type outerArgs.
const (
	outerX, outerZ, outerRows, outerRowsEnd = 0, 8, 16, 24
	outerXStep, outerZStep, outerCount      = 32, 40, 48
	outerDst, outerLDD, outerLoad           = 56, 64, 72
)

func outer(w vecgen.Width, mr, nv int) {
	name := fmt.Sprintf("outer%dx%d%s", mr, nv*w.Lanes(), w.Suffix())
	TEXT(name, NOSPLIT, "func(t *byte)")
	Pragma("noescape")
	Doc(fmt.Sprintf("%s is the micro-kernel of %d rows by %d columns.", name, mr, nv*w.Lanes()))
	t := Load(Param("t"), GP64())
	field := func(off int) Mem { return Mem{Base: t, Disp: off} }
	load := func(off int) reg.GPVirtual {
		r := GP64()
		MOVQ(field(off), r)
		return r
	}
	rows, last, xstep, zstep := load(outerRows), load(outerRowsEnd), load(outerXStep), load(outerZStep)
	x, z, n := GP64(), GP64(), GP64()
	acc := accumulators(w, mr, nv)
	bv, bc := working(w, mr, nv)
	CMPQ(rows, last)
	JE(LabelRef("store"))
	Label("row")
	MOVQ(Mem{Base: rows}, x)
	SHLQ(Imm(2), x)
	ADDQ(field(outerX), x)
	MOVQ(Mem{Base: rows, Disp: 8}, z)
	SHLQ(Imm(2), z)
	ADDQ(field(outerZ), z)
	MOVQ(field(outerCount), n)
	Label("loop")
	for j := range bv {
		VMOVUPS(Mem{Base: z, Disp: j * w.Bytes()}, bv[j])
	}
	for i := range mr {
		multiplyAdd(w, Mem{Base: x, Disp: 4 * i}, bc[i%len(bc)], bv, acc[i])
	}
	ADDQ(xstep, x)
	ADDQ(zstep, z)
	DECQ(n)
	JNZ(LabelRef("loop"))
	ADDQ(Imm(16), rows)
	CMPQ(rows, last)
	JNE(LabelRef("row"))

	Label("store")
	dst, ldd := load(outerDst), load(outerLDD)
	p := GP64()
	CMPL(field(outerLoad), Imm(0))
	JE(LabelRef("write"))
	MOVQ(dst, p)
	for i := range mr {
		for j := range nv {
			VADDPS(Mem{Base: p, Disp: j * w.Bytes()}, acc[i][j], acc[i][j])
		}
		if i < mr-1 {
			ADDQ(ldd, p)
		}
	}
	Label("write")
	tmp := bv[0]
	for i := range mr {
		for j := range nv {
			w.Settle(acc[i][j], tmp)
			VMOVUPS(acc[i][j], Mem{Base: dst, Disp: j * w.Bytes()})
		}
		if i < mr-1 {
			ADDQ(ldd, dst)
		}
	}
	VZEROUPPER()
	RET()
}

// depth is slide where each filter has a channel of its own.
func depth(w vecgen.Width, mr, nv int) {
	name := fmt.Sprintf("depth%dx%d%s", mr, nv*w.Lanes(), w.Suffix())
	TEXT(name, NOSPLIT, "func(t *byte)")
	Pragma("noescape")
	Doc(fmt.Sprintf("%s is the micro-kernel of %d positions by %d channels.", name, mr, nv*w.Lanes()))
	local := AllocLocal(16)
	next, last := local, local.Offset(8)
	at, b, p := gp[0], gp[1], gp[2:2+mr]
	param := NewParamAddr("t", 0)
	field := func(off int) Mem { return Mem{Base: at, Disp: off} }
	MOVQ(param, at)
	masks := []reg.Register{reg.K1, reg.K2}
	var mask, x reg.VecVirtual // of AVX2, for the last channels
	for j := range nv {
		if w == vecgen.Z {
			KMOVW(field(slideMask+2*j), masks[j])
		}
	}
	if w == vecgen.Y {
		mask, x = w.New(), w.New()
		MOVQ(field(slideTail), b)
		VMOVUPS(Mem{Base: b}, mask)
	}
	positions(p, next, last)
	acc := accumulators(w, mr, nv)
	var bv []reg.VecVirtual
	for range nv {
		bv = append(bv, w.New())
	}
	Label("tap")
	MOVQ(next, at)
	CMPQ(at, last)
	JE(LabelRef("store"))
	ADDQ(Imm(tapSize), next)
	ADDQ(Mem{Base: at, Disp: tapStep}, b)
	MOVQ(Mem{Base: at, Disp: tapOff}, at)
	for j := range bv {
		if w == vecgen.Z {
			VMOVUPS_Z(Mem{Base: b, Disp: j * w.Bytes()}, masks[j], bv[j])
		} else {
			VMASKMOVPS(Mem{Base: b}, mask, bv[j])
		}
	}
	for i := range p {
		for j := range bv {
			m := Mem{Base: p[i], Index: at, Scale: 1, Disp: j * w.Bytes()}
			if w == vecgen.Z {
				VFMADD231PS(m, bv[j], masks[j], acc[i][j])
			} else {
				VMASKMOVPS(m, mask, x)
				VFMADD231PS(x, bv[j], acc[i][j])
			}
		}
	}
	JMP(LabelRef("tap"))
	storeTile(w, mr, nv, acc, bv[0], param)
}

// Offsets of the fields of type depthOuterArgs.
const (
	depthX, depthZ, depthLines, depthLinesEnd = 0, 8, 16, 24
	depthXStep, depthZStep, depthCount        = 32, 40, 48
	depthTaps, depthDst, depthLDD, depthLoad  = 56, 64, 72, 80
	depthMask, depthTail                      = 84, 88
)

// depthOuter is outer where each filter has a channel of its own: rows are taps.
func depthOuter(w vecgen.Width, mr, nv int) {
	name := fmt.Sprintf("depthOuter%dx%d%s", mr, nv*w.Lanes(), w.Suffix())
	TEXT(name, NOSPLIT, "func(t *byte)")
	Pragma("noescape")
	Doc(fmt.Sprintf("%s is the micro-kernel of %d taps by %d channels.", name, mr, nv*w.Lanes()))
	// There is a register for each tap, one for dz, and at, the place of the position relative to x.
	local := AllocLocal(40)
	next, last, end, xstep, zstep := local, local.Offset(8), local.Offset(16), local.Offset(24), local.Offset(32)
	at, z, tmp, p := gp[0], gp[1], gp[2], gp[3:3+mr]
	param := NewParamAddr("t", 0)
	field := func(off int) Mem { return Mem{Base: at, Disp: off} }
	MOVQ(param, at)
	for _, f := range []struct {
		off int
		to  Mem
	}{{depthLines, next}, {depthLinesEnd, last}, {depthXStep, xstep}, {depthZStep, zstep}} {
		MOVQ(field(f.off), tmp)
		MOVQ(tmp, f.to)
	}
	MOVQ(field(depthTaps), z)
	MOVQ(field(depthX), tmp)
	for i := range p {
		MOVQ(Mem{Base: z, Disp: 8 * i}, p[i])
		LEAQ(Mem{Base: tmp, Index: p[i], Scale: 4}, p[i])
	}
	var mask, x reg.VecVirtual
	if w == vecgen.Z {
		KMOVW(field(depthMask), reg.K1)
	} else {
		mask, x = w.New(), w.New()
		MOVQ(field(depthTail), z)
		VMOVUPS(Mem{Base: z}, mask)
	}
	acc := accumulators(w, mr, 1)
	zv := w.New()
	Label("line")
	MOVQ(next, tmp)
	CMPQ(tmp, last)
	JE(LabelRef("store"))
	ADDQ(Imm(16), next)
	MOVQ(param, at)
	MOVQ(field(depthCount), z)
	IMULQ(xstep, z)
	MOVQ(z, end)
	MOVQ(Mem{Base: tmp, Disp: 8}, z)
	SHLQ(Imm(2), z)
	ADDQ(field(depthZ), z)
	MOVQ(Mem{Base: tmp}, at)
	SHLQ(Imm(2), at)
	ADDQ(at, end)
	Label("loop")
	VMOVUPS(Mem{Base: z}, zv)
	for i := range p {
		m := Mem{Base: p[i], Index: at, Scale: 1}
		if w == vecgen.Z {
			VFMADD231PS(m, zv, reg.K1, acc[i][0])
		} else {
			VMASKMOVPS(m, mask, x)
			VFMADD231PS(x, zv, acc[i][0])
		}
	}
	ADDQ(zstep, z)
	ADDQ(xstep, at)
	CMPQ(at, end)
	JNE(LabelRef("loop"))
	JMP(LabelRef("line"))

	Label("store")
	MOVQ(param, at)
	MOVQ(field(depthDst), z)
	MOVQ(field(depthLDD), tmp)
	CMPL(field(depthLoad), Imm(0))
	JE(LabelRef("write"))
	MOVQ(z, p[0])
	for i := range mr {
		VADDPS(Mem{Base: p[0]}, acc[i][0], acc[i][0])
		if i < mr-1 {
			ADDQ(tmp, p[0])
		}
	}
	Label("write")
	for i := range mr {
		w.Settle(acc[i][0], zv)
		VMOVUPS(acc[i][0], Mem{Base: z})
		if i < mr-1 {
			ADDQ(tmp, z)
		}
	}
	VZEROUPPER()
	RET()
}

// kernels are the sizes of one kind: mr up to most[nv-1] for each nv.
type kernels struct {
	name string
	make func(w vecgen.Width, mr, nv int)
	most map[vecgen.Width][]int
	step int // of mr
}

// dispatch writes the Go function that calls the kernel of a number of rows and vectors: by name, not through a table, so that
// the arguments can stay on the stack.
func (k *kernels) dispatch(out *strings.Builder, w vecgen.Width) {
	fmt.Fprintf(out, "\n// %s%s calls the micro-kernel of mr rows by nv vectors.\n", k.name, w.Suffix())
	fmt.Fprintf(out, "func %s%s(mr, nv int, t *byte) {\n\tswitch nv<<8 | mr {\n", k.name, w.Suffix())
	for v, most := range k.most[w] {
		for mr := k.step; mr <= most; mr += k.step {
			k.make(w, mr, v+1)
			fmt.Fprintf(out, "\tcase %d<<8 | %d:\n\t\t%s%dx%d%s(t)\n", v+1, mr, k.name, mr, (v+1)*w.Lanes(), w.Suffix())
		}
	}
	fmt.Fprintf(out, "\tdefault:\n\t\tpanic(\"f32conv2d: no micro-kernel of that size\")\n\t}\n}\n")
}

func main() {
	dispatchFile := flag.String("dispatch", "", "file for the Go code that chooses a micro-kernel")
	flag.Parse()
	var out strings.Builder
	out.WriteString("// Code generated by asm/main.go. DO NOT EDIT.\n\npackage f32conv2d\n")
	for _, k := range []kernels{
		{"slide", slide, map[vecgen.Width][]int{vecgen.Z: {12, 12}, vecgen.Y: {12, 6}}, 1},
		{"slidePool", slidePool, map[vecgen.Width][]int{vecgen.Z: {12, 12}}, poolCells},
		{"outer", outer, map[vecgen.Width][]int{vecgen.Z: {24, 12}, vecgen.Y: {12, 6}}, 1},
		{"depth", depth, map[vecgen.Width][]int{vecgen.Z: {12, 12}, vecgen.Y: {11}}, 1},
		{"depthOuter", depthOuter, map[vecgen.Width][]int{vecgen.Z: {10}, vecgen.Y: {10}}, 1},
	} {
		for _, w := range []vecgen.Width{vecgen.Z, vecgen.Y} {
			if k.most[w] != nil {
				k.dispatch(&out, w)
			}
		}
	}
	if err := os.WriteFile(*dispatchFile, []byte(out.String()), 0o666); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	Generate()
}
