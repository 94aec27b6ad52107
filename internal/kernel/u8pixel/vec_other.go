//go:build !amd64

package u8pixel

import "github.com/dlrun/dlrun/internal/kernel/isa"

// inverseVec tells whether it did the work; the others tell how many elements they did.

func inverseVec(isa.ISA, []uint8, int, *[64]int16, *[64]int16) bool { return false }
func sumsVec(isa.ISA, []int16, []uint8, []uint8) int                { return 0 }
func spreadVec(isa.ISA, []uint8, []int16, int16, int16, int) int    { return 0 }
func rgbVec(isa.ISA, []uint8, []uint8, []uint8, []uint8) int        { return 0 }
