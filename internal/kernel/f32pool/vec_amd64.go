package f32pool

import (
	"unsafe"

	"github.com/dlrun/dlrun/internal/kernel/isa"
)

// args is what the kernels read; asm/main.go knows its layout. Places count elements.
type args struct {
	x, y        *float32 // the first position's first cell; what belongs to the positions
	where       *int32
	cells       *int32
	ncells      int
	count, step int
	full        int // channels in whole vectors
	at          int // of x
	mask        *int32
	rest        int // channels beyond
	divisor     float32
	apart       int // of y and where, from a position to the next
}

// maskTable holds at maskTable[8-n:] a mask for n of 8 channels.
var maskTable = [16]int32{-1, -1, -1, -1, -1, -1, -1, -1}

func (r *Row) args(image, y []float32, where []int32) args {
	a := args{
		x: &image[r.At], y: &y[0], where: unsafe.SliceData(where), cells: &r.Cells[0], ncells: len(r.Cells), count: r.Count, step: r.Step,
		full: r.Channels &^ 7, at: r.At, rest: r.Channels & 7, divisor: float32(len(r.Cells)),
		apart: r.apart(),
	}
	a.mask = &maskTable[8-a.rest]
	return a
}

// Each of these does its work by vector instructions, if the instruction set has them, and tells whether it did.

func vecMax(i isa.ISA, r *Row, y []float32, where []int32, image []float32) bool {
	if i == isa.Generic {
		return false
	}
	a := r.args(image, y, where)
	if where == nil {
		largestAVX2((*byte)(unsafe.Pointer(&a)))
	} else {
		largestWhereAVX2((*byte)(unsafe.Pointer(&a)))
	}
	return true
}

func vecMaxGrad(i isa.ISA, r *Row, dx, dy []float32, where []int32, add bool) bool {
	if i == isa.Generic {
		return false
	}
	a := r.args(dx, dy, where)
	if add {
		addToLargestAVX2((*byte)(unsafe.Pointer(&a)))
	} else {
		toLargestAVX2((*byte)(unsafe.Pointer(&a)))
	}
	return true
}

func vecMean(i isa.ISA, r *Row, y, image []float32) bool {
	if i == isa.Generic {
		return false
	}
	a := r.args(image, y, nil)
	meanAVX2((*byte)(unsafe.Pointer(&a)))
	return true
}

func vecMeanGrad(i isa.ISA, r *Row, dx, dy []float32, add bool) bool {
	if i == isa.Generic {
		return false
	}
	a := r.args(dx, dy, nil)
	if add {
		addToAllAVX2((*byte)(unsafe.Pointer(&a)))
	} else {
		toAllAVX2((*byte)(unsafe.Pointer(&a)))
	}
	return true
}
