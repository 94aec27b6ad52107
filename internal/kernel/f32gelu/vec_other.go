//go:build !amd64

package f32gelu

import "github.com/dlrun/dlrun/internal/kernel/isa"

// Each of these does the first elements of the function that it is named after, and returns how many.

func valuesVec(isa.ISA, []float32, []float32) int               { return 0 }
func gradsVec(isa.ISA, []float32, []float32, []float32) int     { return 0 }
func bothVec(isa.ISA, []float32, []float32, []float32) int      { return 0 }
func tanhValuesVec(isa.ISA, []float32, []float32) int           { return 0 }
func tanhGradsVec(isa.ISA, []float32, []float32, []float32) int { return 0 }
func tanhBothVec(isa.ISA, []float32, []float32, []float32) int  { return 0 }
