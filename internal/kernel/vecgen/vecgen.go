// Package vecgen is what the generators of the kernels' assembly share: constants in memory, and the instructions
// that bring a vector into the form in which kernels store it. It is imported only by the generators (the asm folders), which run
// by go generate; their output is committed.
//
// A vector is 8 float32 in a YMM register (AVX2) or 16 in a ZMM register (AVX-512).
package vecgen

import (
	"fmt"
	"math"

	"github.com/mmcloughlin/avo/attr"
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Width is a kind of vector.
type Width int

const (
	// Y is the vector of AVX2.
	Y Width = 8
	// Z is the vector of AVX-512.
	Z Width = 16
)

// Lanes returns how many float32 a vector has.
func (w Width) Lanes() int { return int(w) }

// Bytes returns the size of a vector.
func (w Width) Bytes() int { return 4 * int(w) }

// Suffix returns the instruction set's name, as used in the names of kernels.
func (w Width) Suffix() string {
	if w == Z {
		return "AVX512"
	}
	return "AVX2"
}

// New returns a fresh vector register.
func (w Width) New() reg.VecVirtual {
	if w == Z {
		return ZMM()
	}
	return YMM()
}

// Zero returns a fresh vector register that holds zeros.
func (w Width) Zero() reg.VecVirtual {
	v := w.New()
	w.Clear(v)
	return v
}

// Clear sets v to zeros.
func (w Width) Clear(v reg.VecVirtual) {
	if w == Z {
		VPXORD(v, v, v)
	} else {
		VXORPS(v, v, v)
	}
}

var constants = map[string]Mem{}

// Const32 returns the memory of a constant vector that repeats the 32 bits v.
func Const32(v uint32) Mem {
	return constant(fmt.Sprintf("c32_%08x", v), func() {
		for i := range 16 {
			DATA(4*i, U32(v))
		}
	})
}

// Const64 returns the memory of a constant vector that repeats the 64 bits v.
func Const64(v uint64) Mem {
	return constant(fmt.Sprintf("c64_%016x", v), func() {
		for i := range 8 {
			DATA(8*i, U64(v))
		}
	})
}

// Float64 returns the memory of a constant vector that repeats the float64 v.
func Float64(v float64) Mem { return Const64(math.Float64bits(v)) }

func constant(name string, data func()) Mem {
	m, ok := constants[name]
	if !ok {
		m = GLOBL(name, attr.RODATA|attr.NOPTR)
		data()
		constants[name] = m
	}
	return m
}

// Settle does to v what f32vec.Flush does to each of its elements. It spoils t (AVX2) or K7 (AVX-512).
func (w Width) Settle(v, t reg.VecVirtual) {
	const (
		minNormal = 0x00800000
		abs       = 0x7fffffff
		nan       = 0x7fc00000
	)
	if w == Z {
		VFPCLASSPSZ(Imm(0x26), v, reg.K7) // denormals and both zeros
		VXORPS(v, v, reg.K7, v)
		VFPCLASSPSZ(Imm(0x81), v, reg.K7) // both kinds of NaN
		VBROADCASTSS(Const32(nan), reg.K7, v)
		return
	}
	u := YMM()
	VCMPPS(Imm(3), v, v, u) // unordered
	VANDPS(Const32(nan), u, u)
	VANDPS(Const32(abs), v, t)
	VCMPPS(Imm(13), Const32(minNormal), t, t) // greater or equal, false for a NaN
	VANDPS(t, v, v)
	VORPS(u, v, v)
}
