package f32gemm

import (
	"unsafe"

	"github.com/dlrun/dlrun/internal/kernel/isa"
)

func geometryFor(i isa.ISA, m int) geometry {
	switch {
	case i == isa.AVX512 && m <= 6:
		return geometry{mr: 6, nr: 64, lanes: 16}
	case i == isa.AVX512:
		return geometry{mr: 14, nr: 32, lanes: 16}
	case i == isa.AVX2 && m <= 2:
		return geometry{mr: 2, nr: 32, lanes: 8}
	case i == isa.AVX2:
		return geometry{mr: 6, nr: 16, lanes: 8}
	}
	return geometry{mr: genericMR, nr: genericNR, lanes: genericLanes}
}

// args is what the assembly reads; asm/main.go knows its layout. Strides are in bytes.
type args struct {
	a, b, c, bias *float32
	kc            int
	ldb, ldc      int
	in            *float32 // what is added to the tile: C, or zeros
	ldin          int
	floor         float32
	load, store   [4]uint16 // AVX-512: for each vector, the columns of in to read and of c to write
	lda           int
	next          *float32 // is brought into the cache, a line for each k
	nextStep      int      // from one line to the next
	form          form
	sums          *float32 // what the sums begin with, rows of the tile's vectors; or nil
}

// form is how a tile is stored.
type form int

const (
	general form = iota
	plain        // whole vectors, to which nothing is added and which have no floor
	raw          // whole vectors as they are
	biased       // whole vectors, to which at most a bias is added
	added        // whole vectors, which are added to those of C, and which have no floor
)

// call runs the micro-kernel of mr rows by nv vectors.
func (g *args) call(i isa.ISA, rows bool, mr, nv int) {
	switch {
	case i == isa.AVX512 && rows:
		rowsAVX512(mr, nv, g)
	case i == isa.AVX512:
		tileAVX512(mr, nv, g)
	case rows:
		rowsAVX2(mr, nv, g)
	default:
		tileAVX2(mr, nv, g)
	}
}

var zeros [maxNR]float32

// multiplyTile runs the micro-kernel for t.
func multiplyTile(i isa.ISA, t *tile) {
	if i == isa.Generic {
		multiplyGeneric(t)
		return
	}
	g := args{
		a: unsafe.SliceData(t.a), b: unsafe.SliceData(t.b), c: unsafe.SliceData(t.c), bias: &zeros[0],
		kc: t.kc, ldb: 4 * t.ldb, ldc: 4 * t.ldc, in: &zeros[0], floor: t.floor,
	}
	rows := t.ia != 1
	g.lda, g.next = 4*t.ka, g.a
	if rows {
		g.lda = 4 * t.ia
	}
	if t.next != nil {
		g.next, g.nextStep = unsafe.SliceData(t.next), 4*t.nextStep
	}
	if t.more {
		g.sums = unsafe.SliceData(t.sums)
	}
	lanes := 8
	if i == isa.AVX512 {
		lanes = 16
	}
	if t.raw {
		nv := (t.w + lanes - 1) / lanes
		g.c, g.ldc, g.form = unsafe.SliceData(t.sums), 4*nv*lanes, raw
		g.call(i, rows, t.h, nv)
		return
	}
	if t.bias != nil {
		g.bias = unsafe.SliceData(t.bias)
	}
	if !t.load && t.w%lanes == 0 {
		g.form = plain
		if t.bias != nil || t.floor != noFloor {
			g.form = biased
		}
		g.call(i, rows, t.h, t.w/lanes)
		return
	}
	if t.load && t.w%lanes == 0 && t.bias == nil && t.floor == noFloor {
		g.form = added
		g.call(i, rows, t.h, t.w/lanes)
		return
	}
	if t.load {
		g.in, g.ldin = g.c, g.ldc
	}
	if i == isa.AVX512 {
		for j, w := 0, t.w; w > 0; j, w = j+1, w-16 {
			mask := uint16(0xffff)
			if w < 16 {
				mask = 1<<w - 1
			}
			g.store[j] = mask
			if t.load {
				g.load[j] = mask
			}
		}
		g.call(i, rows, t.h, (t.w+15)/16)
		return
	}
	nv := (t.w + 7) / 8
	if t.w == nv*8 {
		g.call(i, rows, t.h, nv)
		return
	}
	// AVX2 has no cheap masks: the edge goes through a whole tile beside C.
	var c [6 * 32]float32
	var bias [32]float32
	width := nv * 8
	if t.load {
		for r := range t.h {
			copy(c[r*width:][:t.w], t.c[r*t.ldc:][:t.w])
		}
	}
	copy(bias[:t.w], t.bias)
	g.bias, g.c, g.in = &bias[0], &c[0], &c[0]
	g.ldc, g.ldin = 4*width, 4*width
	g.call(i, rows, t.h, nv)
	for r := range t.h {
		copy(t.c[r*t.ldc:][:t.w], c[r*width:][:t.w])
	}
}

// maskTable holds at maskTable[16-n:] a mask for n of 16 columns.
var maskTable = [32]int32{-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1}

// packRowsVec packs the first k by vector instructions and returns how many.
func packRowsVec(i isa.ISA, dst []float32, stride int, src []float32, ld, n, k int) int {
	blocks := k / 8
	if i == isa.Generic || blocks == 0 {
		return 0
	}
	// The last group of rows comes first: what it writes beyond row n belongs to the next k, whose first rows
	// are then written.
	for r := (n - 1) &^ 7; r >= 0; r -= 8 {
		var rows [8]uintptr
		for q := range rows {
			rows[q] = uintptr(unsafe.Pointer(&src[min(r+q, n-1)*ld]))
		}
		packRows8(&dst[r], uintptr(4*stride), &rows, blocks)
	}
	return blocks * 8
}

// packColsVec packs the first k by vector instructions and returns how many.
func packColsVec(i isa.ISA, dst []float32, stride int, src []float32, ld, n, k int) int {
	if i == isa.Generic || k == 0 {
		return 0
	}
	// Here too the last columns come first.
	full := n &^ 31
	if i == isa.AVX512 {
		for j := (n - 1) &^ 31; j >= 0; j -= 32 {
			mask := uint64(1)<<min(32, n-j) - 1
			if n-j <= 16 {
				packCols16AVX512(&dst[j], uintptr(4*stride), &src[j], uintptr(4*ld), k, mask)
				continue
			}
			packCols32AVX512(&dst[j], uintptr(4*stride), &src[j], uintptr(4*ld), k, mask)
		}
		return k
	}
	for j := (n - 1) &^ 15; j >= full; j -= 16 {
		packCols16(&dst[j], uintptr(4*stride), &src[j], uintptr(4*ld), k, &maskTable[16-min(16, n-j)])
	}
	for j := 0; j < full; j += 32 {
		packCols32(&dst[j], uintptr(4*stride), &src[j], uintptr(4*ld), k)
	}
	return k
}

func hasTall(i isa.ISA) bool { return i != isa.Generic }

// tallSums sets the sums of n rows of p, ldp apart, times few rows of q, ldq apart, of k > 0 elements each: that of row r and row j
// is at j*tallUnit+r.
func tallSums(sums *[tallFew * tallUnit]float32, p []float32, ldp, n int, q []float32, ldq, few, k int) {
	var room [tallUnit * 16]float32
	r, ld, ldq4 := 0, uintptr(4*ldp), uintptr(4*ldq)
	switch few {
	case 1:
		if n == 48 {
			tall48x1AVX2(&p[0], ld, &q[0], 0, k, &sums[0], &room[0])
			return
		}
	case 2:
		for ; r+24 <= n; r += 24 {
			tall24x2AVX2(&p[r*ldp], ld, &q[0], ldq4, k, &sums[r], &room[0])
		}
	case 3:
		for ; r+16 <= n; r += 16 {
			tall16x3AVX2(&p[r*ldp], ld, &q[0], ldq4, k, &sums[r], &room[0])
		}
	default:
		for ; r+16 <= n; r += 16 {
			tall16x4AVX2(&p[r*ldp], ld, &q[0], ldq4, k, &sums[r], &room[0])
		}
	}
	for ; r+8 <= n; r += 8 {
		for j := range few {
			tall8x1AVX2(&p[r*ldp], ld, &q[j*ldq], 0, k, &sums[j*tallUnit+r], &room[0])
		}
	}
	for ; r < n; r++ { // a row is all that its 8 are: no others are read
		var eight [8]float32
		for j := range few {
			tall8x1AVX2(&p[r*ldp], 0, &q[j*ldq], 0, k, &eight[0], &room[0])
			sums[j*tallUnit+r] = eight[0]
		}
	}
}
