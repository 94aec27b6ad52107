//go:build !amd64

package f32gelu

import "github.com/dlrun/dlrun/internal/kernel/isa"

// valuesVec, gradsVec and bothVec do the first elements and return how many.

func valuesVec(isa.ISA, []float32, []float32) int           { return 0 }
func gradsVec(isa.ISA, []float32, []float32, []float32) int { return 0 }
func bothVec(isa.ISA, []float32, []float32, []float32) int  { return 0 }
