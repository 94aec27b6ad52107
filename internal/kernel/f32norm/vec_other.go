//go:build !amd64

package f32norm

import "github.com/dlrun/dlrun/internal/kernel/isa"

// Each of these does, by vector instructions, the first channels of a sweep and returns how many; the sweep's own loop does the rest.

func vecMoments(isa.ISA, []float64, []float64, []float32) int { return 0 }

func vecApply(isa.ISA, []float32, []float32, []float32, []float32, float32) int { return 0 }

func vecProducts(isa.ISA, []float64, []float64, []float32, []float32, []float32, *Relu) int { return 0 }

func vecGrad(isa.ISA, []float32, []float32, []float32, *Slopes, *Relu) int { return 0 }
