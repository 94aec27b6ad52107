//go:build !amd64

package f32winograd

import "github.com/dlrun/dlrun/internal/kernel/isa"

func transform(_ isa.ISA, k *kind, j *Job) { transformGeneric(k, j) }

func multiply(_ isa.ISA, p *Product) { multiplyGeneric(p) }
