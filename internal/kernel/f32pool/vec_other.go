//go:build !amd64

package f32pool

import "github.com/dlrun/dlrun/internal/kernel/isa"

// Each of these does its work by vector instructions, if the instruction set has them, and tells whether it did.

func vecMax(isa.ISA, *Row, []float32, []int32, []float32) bool           { return false }
func vecMaxGrad(isa.ISA, *Row, []float32, []float32, []int32, bool) bool { return false }
func vecMean(isa.ISA, *Row, []float32, []float32) bool                   { return false }
func vecMeanGrad(isa.ISA, *Row, []float32, []float32, bool) bool         { return false }
