//go:build !amd64

package f32cell

import "github.com/dlrun/dlrun/internal/kernel/isa"

// There are vector instructions for amd64 only: each of these does nothing.

func lstmVec(_ isa.ISA, _, _, _, _ []float32) bool            { return false }
func lstmGradVec(_ isa.ISA, _, _, _, _, _ []float32) bool     { return false }
func gruVec(_ isa.ISA, _, _, _, _ []float32) bool             { return false }
func gruGradVec(_ isa.ISA, _, _, _, _, _ []float32) bool      { return false }
func gruResetVec(_ isa.ISA, _, _, _, _ []float32) bool        { return false }
func gruStateVec(_ isa.ISA, _, _ []float32) bool              { return false }
func gruStateGradVec(_ isa.ISA, _, _, _, _ []float32) bool    { return false }
func gruResetGradVec(_ isa.ISA, _, _, _, _, _ []float32) bool { return false }
func rnnVec(_ isa.ISA, _, _ []float32) bool                   { return false }
func rnnGradVec(_ isa.ISA, _, _, _ []float32) bool            { return false }

func fetch([]float32) {}
