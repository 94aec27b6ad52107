// Asm generates the vector kernels of package f32norm. They are bound by memory, so there is one form of them, for AVX2.
//
// Each does blocks of columns over some rows: any number of 16, one of 8, or one of up to 8 under a mask; what belongs to a column stays
// in registers.
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

// Offsets of the fields of type args.
const (
	argX, argZ, argOut, argRows, argStride                 = 0, 8, 16, 24, 32
	argMean, argScale, argShift, argA, argCenter, argSlope = 40, 48, 56, 64, 72, 80
	argSums, argMore, argMask, argFloor, argBlocks         = 88, 96, 104, 112, 120
)

type vec = reg.VecVirtual

// block is a kernel under construction, of some vectors side by side.
type block struct {
	t       reg.GPVirtual
	first   reg.GPVirtual // bytes before the first column's float32; nil where there is one block
	vectors int
	masked  bool
	mask    vec
}

func (b *block) field(off int) Mem { return Mem{Base: b.t, Disp: off} }

func (b *block) pointer(off int) reg.GPVirtual {
	p := GP64()
	MOVQ(b.field(off), p)
	return p
}

// at is element 8·j of what belongs to the columns and p points to, in units of 4 bytes.
func (b *block) at(p reg.GPVirtual, j int, units uint8) Mem {
	m := Mem{Base: p, Disp: 32 * j}
	if b.first != nil {
		m.Index, m.Scale = b.first, units
	}
	return m
}

func (b *block) get(m Mem) vec {
	v := YMM()
	if b.masked {
		VMASKMOVPS(m, b.mask, v)
	} else {
		VMOVUPS(m, v)
	}
	return v
}

func (b *block) put(v vec, m Mem) {
	if b.masked {
		VMASKMOVPS(v, b.mask, m)
	} else {
		VMOVUPS(v, m)
	}
}

// columns loads what belongs to the columns.
func (b *block) columns(off int) []vec {
	p := b.pointer(off)
	var out []vec
	for j := range b.vectors {
		out = append(out, b.get(b.at(p, j, 1)))
	}
	return out
}

var sizes = []struct {
	suffix  string
	vectors int
	masked  bool
}{{"16", 2, false}, {"8", 1, false}, {"Part", 1, true}}

// names of the kernels, in the order of type kernel.
var names []string

// kernel emits three sizes of a kernel: setup, then body for each row with the addresses of x, z and out at it, then finish.
func kernel(name, doc string, f func(b *block) (body func(x, z, out reg.GPVirtual), finish func())) {
	names = append(names, name)
	for _, s := range sizes {
		TEXT(name+s.suffix+"AVX2", NOSPLIT, "func(t *byte)")
		Pragma("noescape")
		Doc(fmt.Sprintf("%s%sAVX2 %s", name, s.suffix, doc))
		b := &block{t: GP64(), vectors: s.vectors, masked: s.masked}
		Load(Param("t"), b.t)
		if s.masked {
			b.mask = YMM()
			VMOVUPS(Mem{Base: b.pointer(argMask)}, b.mask)
		}
		if s.vectors > 1 {
			b.first = GP64()
			XORQ(b.first, b.first)
			Label("block")
		}
		body, finish := f(b)
		x, z, out, rows, stride := b.pointer(argX), b.pointer(argZ), b.pointer(argOut), b.pointer(argRows), b.pointer(argStride)
		if b.first != nil {
			ADDQ(b.first, x)
			ADDQ(b.first, z)
			ADDQ(b.first, out)
		}
		Label("row")
		body(x, z, out)
		ADDQ(stride, x)
		ADDQ(stride, z)
		ADDQ(stride, out)
		DECQ(rows)
		JNZ(LabelRef("row"))
		finish()
		if b.first != nil {
			ADDQ(Imm(64), b.first)
			DECQ(b.field(argBlocks))
			JNZ(LabelRef("block"))
		}
		VZEROUPPER()
		RET()
	}
}

// sums are float64 sums of columns.
type sums struct {
	b   *block
	at  int
	acc []vec // two for each vector of columns
}

func (b *block) sums(at int) *sums {
	s := &sums{b: b, at: at}
	p := b.pointer(at)
	for j := range 2 * b.vectors {
		v := YMM()
		VMOVUPD(b.at(p, j, 2), v)
		s.acc = append(s.acc, v)
	}
	return s
}

// store needs room for whole vectors.
func (s *sums) store() {
	p := s.b.pointer(s.at)
	for j, v := range s.acc {
		VMOVUPD(v, s.b.at(p, j, 2))
	}
}

// halves widens v to float64.
func halves(v vec) [2]vec {
	lo, hi := YMM(), YMM()
	VCVTPS2PD(v.AsX(), lo)
	VEXTRACTF128(Imm(1), v, hi.AsX())
	VCVTPS2PD(hi.AsX(), hi)
	return [2]vec{lo, hi}
}

// getHalves loads a vector widened to float64.
func (b *block) getHalves(m Mem) [2]vec {
	if b.masked {
		return halves(b.get(m))
	}
	lo, hi := YMM(), YMM()
	VCVTPS2PD(m, lo)
	m.Disp += 16
	VCVTPS2PD(m, hi)
	return [2]vec{lo, hi}
}

func moments() {
	kernel("moments", "adds the elements and their squares to float64 sums.", func(b *block) (func(x, z, out reg.GPVirtual), func()) {
		sum, square := b.sums(argSums), b.sums(argMore)
		return func(x, _, _ reg.GPVirtual) {
			for j := range b.vectors {
				for h, d := range b.getHalves(Mem{Base: x, Disp: 32 * j}) {
					VADDPD(d, sum.acc[2*j+h], sum.acc[2*j+h])
					VFMADD231PD(d, d, square.acc[2*j+h]) // the product is exact
				}
			}
		}, func() { sum.store(); square.store() }
	})
}

// scaled is x·scale + shift.
func scaled(x, scale, shift vec) vec {
	v := YMM()
	VMULPS(scale, x, v)
	VADDPS(shift, v, v)
	return v
}

func apply() {
	kernel("apply", "computes out = max(x·scale + shift, floor).", func(b *block) (func(x, z, out reg.GPVirtual), func()) {
		scale, shift := b.columns(argScale), b.columns(argShift)
		floor := YMM()
		VBROADCASTSS(b.field(argFloor), floor)
		return func(x, _, out reg.GPVirtual) {
			for j := range b.vectors {
				v := scaled(b.get(Mem{Base: x, Disp: 32 * j}), scale[j], shift[j])
				VMAXPS(v, floor, v) // a NaN stays
				vecgen.Y.Settle(v, YMM())
				b.put(v, Mem{Base: out, Disp: 32 * j})
			}
		}, func() {}
	})
}

// behind sets z to 0 where x·scale + shift is not positive.
func behind(z, x, scale, shift vec) {
	on := scaled(x, scale, shift)
	VCMPPS(Imm(13), vecgen.Const32(0x00800000), on, on) // greater or equal
	VANDPS(on, z, z)
}

func products(relu bool) {
	name, doc := "products", "adds z and z·(x-mean) to float64 sums."
	if relu {
		name, doc = "reluProducts", "does what products does, with z only where x·scale + shift is positive."
	}
	kernel(name, doc, func(b *block) (func(x, z, out reg.GPVirtual), func()) {
		sum, product := b.sums(argSums), b.sums(argMore)
		mean := b.columns(argMean)
		scale, shift := b.pointer(argScale), b.pointer(argShift)
		return func(x, z, _ reg.GPVirtual) {
			for j := range b.vectors {
				v := b.get(Mem{Base: x, Disp: 32 * j})
				var wide [2]vec
				if relu {
					g := b.get(Mem{Base: z, Disp: 32 * j})
					behind(g, v, b.get(b.at(scale, j, 1)), b.get(b.at(shift, j, 1)))
					wide = halves(g)
				} else {
					wide = b.getHalves(Mem{Base: z, Disp: 32 * j})
				}
				VSUBPS(mean[j], v, v)
				d := halves(v)
				for h, w := range wide {
					VADDPD(w, sum.acc[2*j+h], sum.acc[2*j+h])
					VFMADD231PD(w, d[h], product.acc[2*j+h]) // the product is exact
				}
			}
		}, func() { sum.store(); product.store() }
	})
}

func grad(relu bool) {
	name, doc := "grad", "computes out = a·(z - center - (x-mean)·slope)."
	if relu {
		name, doc = "reluGrad", "does what grad does, with z only where x·scale + shift is positive."
	}
	kernel(name, doc, func(b *block) (func(x, z, out reg.GPVirtual), func()) {
		mean, a, center, slope := b.columns(argMean), b.columns(argA), b.columns(argCenter), b.columns(argSlope)
		scale, shift := b.pointer(argScale), b.pointer(argShift)
		return func(x, z, out reg.GPVirtual) {
			for j := range b.vectors {
				g, v := b.get(Mem{Base: z, Disp: 32 * j}), b.get(Mem{Base: x, Disp: 32 * j})
				if relu {
					behind(g, v, b.get(b.at(scale, j, 1)), b.get(b.at(shift, j, 1)))
				}
				VSUBPS(mean[j], v, v)
				VMULPS(slope[j], v, v)
				VSUBPS(center[j], g, g)
				VSUBPS(v, g, g)
				VMULPS(a[j], g, g)
				vecgen.Y.Settle(g, YMM())
				b.put(g, Mem{Base: out, Disp: 32 * j})
			}
		}, func() {}
	})
}

// dispatch is the Go function that calls a kernel: by name, not through a table, so that the arguments can stay on the stack.
func dispatch() string {
	var out strings.Builder
	out.WriteString("// Code generated by asm/main.go. DO NOT EDIT.\n\npackage f32norm\n\n")
	out.WriteString("// kernel names a kernel of three sizes.\ntype kernel int\n\nconst (\n")
	for i, n := range names {
		if i == 0 {
			n += " kernel = iota"
		}
		fmt.Fprintf(&out, "\t%s\n", n)
	}
	out.WriteString(")\n\n// call does blocks of 16 columns, one of 8 or, under a mask, one of fewer.\nfunc call(k kernel, columns int, t *byte) {\n")
	for i, s := range sizes {
		switch i {
		case 0:
			out.WriteString("\tswitch {\n\tcase columns == 16:\n")
		case 1:
			out.WriteString("\tcase columns == 8:\n")
		default:
			out.WriteString("\tdefault:\n")
		}
		out.WriteString("\t\tswitch k {\n")
		for _, n := range names {
			fmt.Fprintf(&out, "\t\tcase %s:\n\t\t\t%s%sAVX2(t)\n", n, n, s.suffix)
		}
		out.WriteString("\t\t}\n")
	}
	out.WriteString("\t}\n}\n")
	return out.String()
}

func main() {
	dispatchFile := flag.String("dispatch", "", "file for the Go code that chooses a kernel")
	flag.Parse()
	moments()
	apply()
	products(false)
	products(true)
	grad(false)
	grad(true)
	if err := os.WriteFile(*dispatchFile, []byte(dispatch()), 0o666); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	Generate()
}
