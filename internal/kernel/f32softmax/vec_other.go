//go:build !amd64

package f32softmax

import "github.com/dlrun/dlrun/internal/kernel/isa"

// expSumVec does the first elements of ExpSum and returns how many.
func expSumVec(isa.ISA, []float32, []float32, float32, *[Lanes]float32) int { return 0 }

// The others do what they are named after, if they can.

func softmaxVec(isa.ISA, *Tile, []float32, []float32, []float32) bool { return false }
func expVec(isa.ISA, *Tile) bool                                      { return false }

func dotsVec(isa.ISA, []float32, float32, []float32, []float32, int, int) bool { return false }
func scaleRowsVec(isa.ISA, []float32, int, int, []float32) bool                { return false }
