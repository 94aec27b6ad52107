//go:build !amd64

package f32peak

import "github.com/dlrun/dlrun/internal/kernel/isa"

func chainsVec(isa.ISA, *[Lanes]float32, float32, float32, int) bool { return false }
