package f32softmax

import (
	"unsafe"

	"github.com/dlrun/dlrun/internal/kernel/isa"
)

// expSumVec does the first elements of ExpSum and returns how many.
func expSumVec(i isa.ISA, dst, src []float32, shift float32, l *[Lanes]float32) int {
	n := len(dst) &^ (Lanes - 1)
	switch {
	case n == 0 || i == isa.Generic:
		return 0
	case i == isa.AVX512:
		expSumAVX512(&dst[0], &src[0], n, shift, &l[0])
	default:
		expSumAVX2(&dst[0], &src[0], n, shift, &l[0])
	}
	return n
}

// tileArgs is a Tile as the kernels see it.
type tileArgs struct {
	x                 *float32
	ld, w, rows       int // in bytes, in columns
	lo, hi            *int32
	most, sum, factor *float32
}

func (t *Tile) args() tileArgs {
	return tileArgs{x: unsafe.SliceData(t.X), ld: 4 * t.LD, w: t.W, rows: len(t.Lo), lo: unsafe.SliceData(t.Lo), hi: unsafe.SliceData(t.Hi)}
}

// softmaxVec does Softmax, if it can.
func softmaxVec(i isa.ISA, t *Tile, most, sum, factor []float32) bool {
	if i == isa.Generic {
		return false
	}
	if len(t.Lo) == 0 {
		return true
	}
	a := t.args()
	a.most, a.sum, a.factor = &most[0], &sum[0], &factor[0]
	if i == isa.AVX512 {
		softmaxTileAVX512((*byte)(unsafe.Pointer(&a)))
	} else {
		softmaxTileAVX2((*byte)(unsafe.Pointer(&a)))
	}
	return true
}

// expVec does Exp, if it can.
func expVec(i isa.ISA, t *Tile) bool {
	if i == isa.Generic {
		return false
	}
	if len(t.Lo) == 0 {
		return true
	}
	a := t.args()
	if i == isa.AVX512 {
		expTileAVX512((*byte)(unsafe.Pointer(&a)))
	} else {
		expTileAVX2((*byte)(unsafe.Pointer(&a)))
	}
	return true
}

// rowArgs are rows as the kernels see them.
type rowArgs struct {
	x, y, out  *float32
	mask       *int32
	ld, whole  int // in bytes
	rest, rows int
	scale      float32
	_          float32
	factor     *float32
}

// restMask holds at restMask[16-n:] a mask for n of 16 elements.
var restMask = [2 * Lanes]int32{-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1}

func argsOfRows(x []float32, ld, n, rows int) rowArgs {
	return rowArgs{x: unsafe.SliceData(x), ld: 4 * ld, whole: 4 * (n &^ (Lanes - 1)), rest: n % Lanes, mask: &restMask[Lanes-n%Lanes], rows: rows}
}

// dotsVec does Dots, if it can.
func dotsVec(i isa.ISA, dst []float32, scale float32, x, y []float32, ld, n int) bool {
	if i == isa.Generic || len(dst) == 0 || n == 0 {
		return false
	}
	a := argsOfRows(x, ld, n, len(dst))
	a.y, a.out, a.scale = &y[0], &dst[0], scale
	dotsAVX2((*byte)(unsafe.Pointer(&a)))
	return true
}

// scaleRowsVec does ScaleRows, if it can.
func scaleRowsVec(i isa.ISA, x []float32, ld, n int, factor []float32) bool {
	if i == isa.Generic || len(factor) == 0 || n == 0 {
		return false
	}
	a := argsOfRows(x, ld, n, len(factor))
	a.factor = &factor[0]
	scaleRowsAVX2((*byte)(unsafe.Pointer(&a)))
	return true
}
