// Asm generates the vector kernels of package u8pixel, for AVX2.
package main

import (
	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/dlrun/dlrun/internal/kernel/vecgen"
)

type vec = reg.VecVirtual

func main() {
	inverse()
	sums()
	spread()
	rgb()
	Generate()
}

func kernel(name, signature, doc string) {
	TEXT(name, NOSPLIT, signature)
	Pragma("noescape")
	Doc(name + " " + doc)
}

func load(name string) reg.GPVirtual {
	r := GP64()
	Load(Param(name), r)
	return r
}

func i32(v int32) Mem { return vecgen.Const32(uint32(v)) }

// words is a constant that repeats a word.
func words(v int16) Mem { return vecgen.Const32(uint32(uint16(v)) | uint32(uint16(v))<<16) }

func op3(f func(Op, Op, Op), a, b Op) vec {
	v := YMM()
	f(a, b, v)
	return v
}

func add(a, b vec) vec          { return op3(func(a, b, v Op) { VPADDD(b, a, v) }, a, b) }
func sub(a, b vec) vec          { return op3(func(a, b, v Op) { VPSUBD(b, a, v) }, a, b) }
func times(a vec, f int32) vec  { return op3(func(a, b, v Op) { VPMULLD(b, a, v) }, a, i32(f)) }
func shift(a vec, n uint64) vec { return op3(func(a, b, v Op) { VPSLLD(b, a, v) }, a, Imm(n)) }

// inverse transforms a block: first its columns, each in a lane, then, transposed, its rows.
func inverse() {
	kernel("inverseAVX2", "func(dst *byte, stride int, coefficients, steps *int16)", "is the inverse transform of a block.")
	dst, stride, c, q := load("dst"), load("stride"), load("coefficients"), load("steps")
	var r [8]vec
	for k := range r {
		w := XMM()
		VMOVDQU(Mem{Base: c, Disp: 16 * k}, w)
		VPMULLW(Mem{Base: q, Disp: 16 * k}, w, w)
		r[k] = YMM()
		VPMOVSXWD(w, r[k])
	}
	r = eight(r, 1<<10, 11)
	r = transpose(r)
	r = eight(r, 1<<17+128<<18, 18)
	// Column by column, a row in each lane: packed into bytes, and turned.
	pack := func(a, b vec) vec { return op3(func(a, b, v Op) { VPACKSSDW(b, a, v) }, a, b) }
	bytes := func(a, b vec) vec {
		v := op3(func(a, b, v Op) { VPACKUSWB(b, a, v) }, a, b)
		VPSHUFB(turn(), v, v)
		return v
	}
	left, right := bytes(pack(r[0], r[1]), pack(r[2], r[3])), bytes(pack(r[4], r[5]), pack(r[6], r[7]))
	lo := op3(func(a, b, v Op) { VPUNPCKLDQ(b, a, v) }, left, right)
	hi := op3(func(a, b, v Op) { VPUNPCKHDQ(b, a, v) }, left, right)
	put := func(v vec) { // two rows
		x := v.AsX()
		VMOVQ(x, Mem{Base: dst})
		VMOVHPS(x, Mem{Base: dst, Index: stride, Scale: 1})
		LEAQ(Mem{Base: dst, Index: stride, Scale: 2}, dst)
	}
	put(lo)
	put(hi)
	for _, v := range []vec{lo, hi} {
		u := YMM()
		VEXTRACTI128(Imm(1), v, u.AsX())
		put(u)
	}
	VZEROUPPER()
	RET()
}

func eight(in [8]vec, round int32, down uint64) [8]vec {
	z1 := times(add(in[2], in[6]), 4433)
	t2, t3 := sub(z1, times(in[6], 15137)), add(z1, times(in[2], 6270))
	t0, t1 := shift(add(in[0], in[4]), 13), shift(sub(in[0], in[4]), 13)
	VPADDD(i32(round), t0, t0)
	VPADDD(i32(round), t1, t1)
	e0, e3, e1, e2 := add(t0, t3), sub(t0, t3), add(t1, t2), sub(t1, t2)
	z3, z4 := add(in[7], in[3]), add(in[5], in[1])
	z5 := times(add(z3, z4), 9633)
	z3, z4 = sub(z5, times(z3, 16069)), sub(z5, times(z4, 3196))
	z1 = times(add(in[7], in[1]), -7373)
	o0 := add(add(times(in[7], 2446), z1), z3)
	o3 := add(add(times(in[1], 12299), z1), z4)
	z2 := times(add(in[5], in[3]), -20995)
	o1 := add(add(times(in[5], 16819), z2), z4)
	o2 := add(add(times(in[3], 25172), z2), z3)
	out := [8]vec{add(e0, o3), add(e1, o2), add(e2, o1), add(e3, o0), sub(e3, o0), sub(e2, o1), sub(e1, o2), sub(e0, o3)}
	for _, v := range out {
		VPSRAD(Imm(down), v, v)
	}
	return out
}

func transpose(r [8]vec) [8]vec {
	lo := func(a, b vec) vec { return op3(func(a, b, v Op) { VPUNPCKLDQ(b, a, v) }, a, b) }
	hi := func(a, b vec) vec { return op3(func(a, b, v Op) { VPUNPCKHDQ(b, a, v) }, a, b) }
	qlo := func(a, b vec) vec { return op3(func(a, b, v Op) { VPUNPCKLQDQ(b, a, v) }, a, b) }
	qhi := func(a, b vec) vec { return op3(func(a, b, v Op) { VPUNPCKHQDQ(b, a, v) }, a, b) }
	half := func(a, b vec, how uint64) vec {
		return op3(func(a, b, v Op) { VPERM2I128(Imm(how), b, a, v) }, a, b)
	}
	var s, u [8]vec
	for k := 0; k < 8; k += 2 {
		s[k], s[k+1] = lo(r[k], r[k+1]), hi(r[k], r[k+1])
	}
	for k := 0; k < 8; k += 4 {
		u[k], u[k+1] = qlo(s[k], s[k+2]), qhi(s[k], s[k+2])
		u[k+2], u[k+3] = qlo(s[k+1], s[k+3]), qhi(s[k+1], s[k+3])
	}
	var out [8]vec
	for k := range 4 {
		out[k], out[k+4] = half(u[k], u[k+4], 0x20), half(u[k], u[k+4], 0x31)
	}
	return out
}

// table is a constant of 16 bytes, twice.
func table(name string, at func(k int) int) Mem {
	m := GLOBL(name, attr.RODATA|attr.NOPTR)
	for k := range 32 {
		DATA(k, U8(uint8(at(k&15))))
	}
	return m
}

var turned *Mem

// turn transposes 4 by 4 bytes.
func turn() Mem {
	if turned == nil {
		m := table("turn", func(k int) int { return k&3<<2 | k>>2 })
		turned = &m
	}
	return *turned
}

// widen loads 16 bytes as words.
func widen(base reg.GPVirtual) vec {
	v := YMM()
	VPMOVZXBW(Mem{Base: base}, v)
	return v
}

// each emits a loop over n elements, 16 at a time.
func each(n reg.GPVirtual, body func()) {
	Label("next")
	body()
	SUBQ(Imm(16), n)
	JNZ(LabelRef("next"))
	VZEROUPPER()
	RET()
}

func sums() {
	kernel("sumsAVX2", "func(dst *int16, a, b *byte, n int)", "fills dst with 3a + b.")
	dst, a, b, n := load("dst"), load("a"), load("b"), load("n")
	each(n, func() {
		v, u := widen(a), widen(b)
		VPADDW(v, u, u)
		VPADDW(v, v, v)
		VPADDW(v, u, u)
		VMOVDQU(u, Mem{Base: dst})
		ADDQ(Imm(32), dst)
		ADDQ(Imm(16), a)
		ADDQ(Imm(16), b)
	})
}

func spread() {
	kernel("spreadAVX2", "func(dst *byte, c *int16, even, odd uint32, n int)", "makes two samples of each sum.")
	dst, c, n := load("dst"), load("c"), load("n")
	round := func(name string) vec {
		r, v := GP32(), YMM()
		Load(Param(name), r)
		VMOVD(r, v.AsX())
		VPBROADCASTD(v.AsX(), v)
		return v
	}
	even, odd := round("even"), round("odd")
	each(n, func() {
		v, thrice := YMM(), YMM()
		VMOVDQU(Mem{Base: c, Disp: 2}, v)
		VPADDW(v, v, thrice)
		VPADDW(v, thrice, thrice)
		l, r := YMM(), YMM()
		VPADDW(Mem{Base: c}, thrice, l)
		VPADDW(Mem{Base: c, Disp: 4}, thrice, r)
		VPADDW(even, l, l)
		VPADDW(odd, r, r)
		VPSRLW(Imm(4), l, l)
		VPSRLW(Imm(4), r, r)
		VPSLLW(Imm(8), r, r)
		VPOR(l, r, r)
		VMOVDQU(r, Mem{Base: dst})
		ADDQ(Imm(32), dst)
		ADDQ(Imm(32), c)
	})
}

func rgb() {
	kernel("rgbAVX2", "func(dst, y, cb, cr *byte, n int)", "turns luminance and colour differences into colours.")
	dst, y, cb, cr, n := load("dst"), load("y"), load("cb"), load("cr"), load("n")
	// Of 8 pixels, red and green in 16 bytes and blue in 8, to 24 bytes: a byte that is not taken is 0.
	from := func(name string, first int, of func(pixel, channel int) int) Mem {
		return table(name, func(k int) int {
			if k += first; k < 24 {
				return of(k/3, k%3)
			}
			return 0x80
		})
	}
	redGreen := func(pixel, channel int) int {
		if channel == 2 {
			return 0x80
		}
		return 8*channel + pixel
	}
	blue := func(pixel, channel int) int {
		if channel != 2 {
			return 0x80
		}
		return pixel
	}
	rg0, rg1, b0, b1 := from("rg0", 0, redGreen), from("rg1", 16, redGreen), from("b0", 0, blue), from("b1", 16, blue)
	each(n, func() {
		l, b, r := widen(y), widen(cb), widen(cr)
		VPSUBW(words(128), b, b)
		VPSUBW(words(128), r, r)
		// By halves: (2x f >> 16 + 1) >> 1 is x f rounded.
		rounded := func(x vec, f int16) vec {
			v := YMM()
			VPADDW(x, x, v)
			VPMULHW(words(f), v, v)
			VPSUBW(words(-1), v, v)
			VPSRAW(Imm(1), v, v)
			return v
		}
		red := rounded(r, 26345) // 1.402 - 1
		VPADDW(r, red, red)
		VPADDW(l, red, red)
		bl := rounded(b, -14942) // 1.772 - 2
		VPADDW(b, bl, bl)
		VPADDW(b, bl, bl)
		VPADDW(l, bl, bl)
		green, more := YMM(), YMM()
		VPUNPCKLWD(r, b, green)
		VPUNPCKHWD(r, b, more)
		for _, v := range []vec{green, more} { // -0.34414 b + (1 - 0.71414) r
			VPMADDWD(vecgen.Const32(uint32(uint16(0x10000-22554))|18734<<16), v, v)
			VPADDD(i32(1<<15), v, v)
			VPSRAD(Imm(16), v, v)
		}
		VPACKSSDW(more, green, green)
		VPSUBW(r, green, green)
		VPADDW(l, green, green)
		VPACKUSWB(green, red, red) // red and green of 8 pixels in each half
		VPACKUSWB(bl, bl, bl)
		for half := range 2 {
			w, v := XMM(), XMM()
			VEXTRACTI128(Imm(uint64(half)), red, w)
			VEXTRACTI128(Imm(uint64(half)), bl, v)
			o, p, t := XMM(), XMM(), XMM()
			VPSHUFB(rg0, w, o)
			VPSHUFB(b0, v, p)
			VPOR(o, p, p)
			VMOVDQU(p, Mem{Base: dst, Disp: 24 * half})
			VPSHUFB(rg1, w, o)
			VPSHUFB(b1, v, t)
			VPOR(o, t, t)
			VMOVQ(t, Mem{Base: dst, Disp: 24*half + 16})
		}
		ADDQ(Imm(48), dst)
		ADDQ(Imm(16), y)
		ADDQ(Imm(16), cb)
		ADDQ(Imm(16), cr)
	})
}
