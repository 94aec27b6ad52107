//go:build !amd64

package f32vec

import "github.com/dlrun/dlrun/internal/kernel/isa"

// Each of these does, by vector instructions, the first elements of a sweep and returns how many; the sweep's own loop does
// the rest. Without vector instructions that is all of them.

func vecUnary(isa.ISA, op, []float32, []float32) int                     { return 0 }
func vecAdd(isa.ISA, []float32, []float32, []float32) int                { return 0 }
func vecSub(isa.ISA, []float32, []float32, []float32) int                { return 0 }
func vecMul(isa.ISA, []float32, []float32, []float32) int                { return 0 }
func vecScale(isa.ISA, []float32, float32, []float32) int                { return 0 }
func vecAxpy(isa.ISA, []float32, float32, []float32) int                 { return 0 }
func vecRelu(isa.ISA, []float32, []float32) int                          { return 0 }
func vecReluGrad(isa.ISA, []float32, []float32, []float32) int           { return 0 }
func vecSum(isa.ISA, []float32, *[sumLanes]float32) int                  { return 0 }
func vecDot(isa.ISA, []float32, []float32, *[sumLanes]float32) int       { return 0 }
func vecMax(isa.ISA, []float32, *float32) int                            { return 0 }
func vecColSum(isa.ISA, []float32, []float32, int, int) int              { return 0 }
func vecAdam(_ isa.ISA, _, _, _, _, _ []float32, _ *AdamArgs) int        { return 0 }
func vecMomentum(_ isa.ISA, _, _, _ []float32, _, _ float32, _ bool) int { return 0 }

func vecScaledReluGrad(isa.ISA, []float32, []float32, []float32, float32) int { return 0 }

func vecActivate(isa.ISA, act, []float32, []float32, [2]float32) int                { return 0 }
func vecActivateGrad(isa.ISA, act, []float32, []float32, []float32, [2]float32) int { return 0 }
func vecSiluGrad(isa.ISA, []float32, []float32, []float32) int                      { return 0 }
