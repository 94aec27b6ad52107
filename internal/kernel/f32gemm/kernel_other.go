//go:build !amd64

package f32gemm

import "github.com/dlrun/dlrun/internal/kernel/isa"

func geometryFor(isa.ISA, int) geometry {
	return geometry{mr: genericMR, nr: genericNR, lanes: genericLanes}
}

func multiplyTile(_ isa.ISA, t *tile) { multiplyGeneric(t) }

// packRowsVec and packColsVec pack the first k by vector instructions and return how many.

func packRowsVec(isa.ISA, []float32, int, []float32, int, int, int) int { return 0 }
func packColsVec(isa.ISA, []float32, int, []float32, int, int, int) int { return 0 }

func hasTall(isa.ISA) bool { return false }

func tallSums(*[tallFew * tallUnit]float32, []float32, int, int, []float32, int, int, int) {
	panic("f32gemm: there is no kernel for tall matrices")
}
