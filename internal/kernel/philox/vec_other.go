//go:build !amd64

package philox

import "github.com/dlrun/dlrun/internal/kernel/isa"

func bernoulliVec(isa.ISA, []float32, *Key, uint64, uint32, float32) int { return 0 }

func dropoutVec(isa.ISA, []float32, []float32, *Key, uint64, uint32, float32) int { return 0 }
