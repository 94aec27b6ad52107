package f32layernorm

import (
	"unsafe"

	"github.com/dlrun/dlrun/internal/kernel/isa"
)

// args is what the kernels read; asm/main.go knows its layout.
type args struct {
	x, out, dy       *float32
	gamma, beta      *float32
	means, invs      *float32 // Forward: may be nil
	dgamma, dbeta    *float64
	rows             int
	whole            int // bytes of a row that are whole vectors of 8
	rest             int // elements of a row beyond, fewer than 8
	stride, outBytes int // from one row to the next, in bytes
	mask             *int32
	n, epsilon       float64
	room             [2][Lanes]float64 // for the rest of dgamma and dbeta
}

// maskTable holds at maskTable[8-n:] a mask for n of 8 elements.
var maskTable = [16]int32{-1, -1, -1, -1, -1, -1, -1, -1}

func argsFor(x []float32, n, rows int) args {
	return args{x: &x[0], rows: rows, whole: n / Lanes * 4 * Lanes, rest: n % Lanes, stride: 4 * n, outBytes: 4 * n, mask: &maskTable[Lanes-n%Lanes], n: float64(n)}
}

func forwardVec(i isa.ISA, y, x, gamma, beta, means, invs []float32, epsilon float64) int {
	if i == isa.Generic || len(x) == 0 {
		return 0
	}
	rows := len(x) / len(gamma)
	a := argsFor(x, len(gamma), rows)
	a.out, a.gamma, a.beta, a.epsilon = &y[0], &gamma[0], &beta[0], epsilon
	a.means, a.invs = unsafe.SliceData(means), unsafe.SliceData(invs)
	forwardAVX2((*byte)(unsafe.Pointer(&a)))
	return rows
}

func backwardVec(i isa.ISA, dx, x, dy, gamma, means, invs []float32, dgamma, dbeta []float64) int {
	if i == isa.Generic || len(x) == 0 {
		return 0
	}
	n := len(gamma)
	rows := len(x) / n
	a := argsFor(x, n, rows)
	a.out, a.dy, a.gamma, a.means, a.invs, a.dgamma, a.dbeta = &dx[0], &dy[0], &gamma[0], &means[0], &invs[0], &dgamma[0], &dbeta[0]
	if len(dx) == n {
		a.outBytes = 0
	}
	// The rest of a row is summed in whole vectors.
	whole := n - a.rest
	copy(a.room[0][:], dgamma[whole:])
	copy(a.room[1][:], dbeta[whole:])
	backwardAVX2((*byte)(unsafe.Pointer(&a)))
	copy(dgamma[whole:], a.room[0][:])
	copy(dbeta[whole:], a.room[1][:])
	return rows
}
