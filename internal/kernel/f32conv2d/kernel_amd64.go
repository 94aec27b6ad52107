package f32conv2d

import (
	"unsafe"

	"github.com/dlrun/dlrun/internal/kernel/isa"
)

func tilesFor(i isa.ISA) tiles {
	switch i {
	case isa.AVX512:
		return tiles{16, [2]int{12, 12}, [2]int{24, 12}, 12, 2, 10}
	case isa.AVX2:
		return tiles{8, [2]int{12, 6}, [2]int{12, 6}, 11, 1, 10}
	}
	return genericTiles
}

// poolsInTile tells whether slide can pool.
func poolsInTile(i isa.ISA) bool { return i == isa.AVX512 }

// slideArgs is what the slide kernels read; asm/main.go knows its layout.
type slideArgs struct {
	src           *float32
	pos           *int
	runs, runsEnd uintptr
	b             *float32
	ldb           int // bytes
	dst           *float32
	out           *int
	bias          *float32
	floor         float32
	load          uint32
	mask          [2]uint16 // AVX-512: for each vector, the columns to write
	_             uint32
	tail          *int32 // AVX2, depth: the channels to read, as a mask
}

// maskTable holds at maskTable[8-n:] a mask for n of 8 channels.
var maskTable = [16]int32{-1, -1, -1, -1, -1, -1, -1, -1}

// wide are AVX-512's masks for w columns of two vectors.
func wide(w int) [2]uint16 {
	m := [2]uint16{0xffff, 0xffff}
	if e := w % 16; e != 0 {
		m[w/16] = 1<<e - 1
	}
	return m
}

// edge is where AVX2, which has no cheap masks, computes a tile that is not whole vectors wide.
type edge struct {
	dst  [12 * 16]float32
	bias [16]float32
	out  [12]int
}

// slide runs the micro-kernel for t.
func slide(i isa.ISA, t *slideTile) {
	if i == isa.Generic {
		slideGeneric(t)
		return
	}
	g := slideArgs{
		src: unsafe.SliceData(t.src), pos: unsafe.SliceData(t.pos),
		b: unsafe.SliceData(t.b), ldb: 4 * t.ldb, dst: unsafe.SliceData(t.dst), out: unsafe.SliceData(t.out),
		bias: unsafe.SliceData(t.bias), floor: t.floor,
	}
	g.runs = uintptr(unsafe.Pointer(unsafe.SliceData(t.runs)))
	g.runsEnd = g.runs + uintptr(len(t.runs))*unsafe.Sizeof(run{})
	if t.load {
		g.load = 1
	}
	if i == isa.AVX512 {
		g.mask = wide(t.w)
		if t.pooled {
			slidePoolAVX512(len(t.pos), (t.w+15)/16, (*byte)(unsafe.Pointer(&g)))
			return
		}
		slideAVX512(len(t.pos), (t.w+15)/16, (*byte)(unsafe.Pointer(&g)))
		return
	}
	nv := (t.w + 7) / 8
	if t.w == nv*8 {
		slideAVX2(len(t.pos), nv, (*byte)(unsafe.Pointer(&g)))
		return
	}
	var e edge
	width := nv * 8
	copy(e.bias[:t.w], t.bias)
	for r, at := range t.out {
		e.out[r] = r * width
		if t.load {
			copy(e.dst[r*width:][:t.w], t.dst[at:])
		}
	}
	g.dst, g.out, g.bias = &e.dst[0], &e.out[0], &e.bias[0]
	slideAVX2(len(t.pos), nv, (*byte)(unsafe.Pointer(&g)))
	for r, at := range t.out {
		copy(t.dst[at:][:t.w], e.dst[r*width:])
	}
}

// outerArgs is what the outer kernels read; asm/main.go knows its layout. Steps are in bytes.
type outerArgs struct {
	x, z          *float32
	rows, rowsEnd uintptr
	xStep, zStep  int
	count         int
	dst           *float32
	ldd           int
	load          uint32
}

// outer runs the micro-kernel for t.
func outer(i isa.ISA, t *outerTile) {
	if i == isa.Generic {
		outerGeneric(t)
		return
	}
	g := outerArgs{
		x: unsafe.SliceData(t.x), z: unsafe.SliceData(t.z), xStep: 4 * t.xStep, zStep: 4 * t.zStep, count: t.count,
		dst: unsafe.SliceData(t.dst), ldd: 4 * t.ldd,
	}
	g.rows = uintptr(unsafe.Pointer(unsafe.SliceData(t.lines)))
	g.rowsEnd = g.rows + uintptr(len(t.lines))*unsafe.Sizeof(line{})
	if t.load {
		g.load = 1
	}
	if i == isa.AVX512 {
		outerAVX512(t.h, t.w/16, (*byte)(unsafe.Pointer(&g)))
		return
	}
	outerAVX2(t.h, t.w/8, (*byte)(unsafe.Pointer(&g)))
}

// depth runs the micro-kernel for t.
func depth(i isa.ISA, t *depthTile) {
	if i == isa.Generic {
		depthGeneric(t)
		return
	}
	g := slideArgs{
		src: unsafe.SliceData(t.src), pos: unsafe.SliceData(t.pos), b: unsafe.SliceData(t.b), dst: unsafe.SliceData(t.dst), out: unsafe.SliceData(t.out),
		bias: unsafe.SliceData(t.bias), floor: t.floor,
	}
	g.runs = uintptr(unsafe.Pointer(unsafe.SliceData(t.taps)))
	g.runsEnd = g.runs + uintptr(len(t.taps))*unsafe.Sizeof(depthTap{})
	if i == isa.AVX512 {
		g.mask = wide(t.w)
		depthAVX512(len(t.pos), (t.w+15)/16, (*byte)(unsafe.Pointer(&g)))
		return
	}
	g.tail = &maskTable[8-t.w]
	if t.w == 8 {
		depthAVX2(len(t.pos), 1, (*byte)(unsafe.Pointer(&g)))
		return
	}
	var e edge
	copy(e.bias[:t.w], t.bias)
	for r := range t.out {
		e.out[r] = r * 8
	}
	g.dst, g.out, g.bias = &e.dst[0], &e.out[0], &e.bias[0]
	depthAVX2(len(t.pos), 1, (*byte)(unsafe.Pointer(&g)))
	for r, at := range t.out {
		copy(t.dst[at:][:t.w], e.dst[r*8:])
	}
}

// depthOuterArgs is what the depthOuter kernels read; asm/main.go knows its layout. Steps are in bytes.
type depthOuterArgs struct {
	x, z            *float32
	lines, linesEnd uintptr
	xStep, zStep    int
	count           int
	taps            *int
	dst             *float32
	ldd             int
	load            uint32
	mask            uint16
	tail            *int32
}

// depthOuter runs the micro-kernel for t.
func depthOuter(i isa.ISA, t *depthOuterTile) {
	if i == isa.Generic {
		depthOuterGeneric(t)
		return
	}
	g := depthOuterArgs{
		x: unsafe.SliceData(t.x), z: unsafe.SliceData(t.z), xStep: 4 * t.xStep, zStep: 4 * t.zStep, count: t.count,
		taps: unsafe.SliceData(t.taps), dst: unsafe.SliceData(t.dst), ldd: 4 * t.ldd,
	}
	g.lines = uintptr(unsafe.Pointer(unsafe.SliceData(t.lines)))
	g.linesEnd = g.lines + uintptr(len(t.lines))*unsafe.Sizeof(line{})
	if t.load {
		g.load = 1
	}
	if i == isa.AVX512 {
		g.mask = wide(t.w)[0]
		depthOuterAVX512(len(t.taps), 1, (*byte)(unsafe.Pointer(&g)))
		return
	}
	g.tail = &maskTable[8-t.w]
	depthOuterAVX2(len(t.taps), 1, (*byte)(unsafe.Pointer(&g)))
}
