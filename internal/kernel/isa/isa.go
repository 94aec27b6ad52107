// Package isa names the instruction sets that the CPU kernels are written for and finds the best one
// of the machine at hand.
//
// An instruction set changes how fast a kernel runs, never a bit of its result: every kernel has a
// plain Go twin, and tests compare all of them.
package isa

import (
	"fmt"
	"runtime"
	"strings"
)

// ISA is an instruction set. A larger one contains the smaller ones.
type ISA int

const (
	// Generic is plain Go, on any processor.
	Generic ISA = iota
	// AVX2 is AVX2 with FMA on amd64: 8 float32 lanes.
	AVX2
	// AVX512 is AVX-512 F, DQ, BW and VL on amd64: 16 float32 lanes.
	AVX512
)

var names = [...]string{Generic: "generic", AVX2: "avx2", AVX512: "avx512"}

// String returns the name that Parse accepts: "generic", "avx2" or "avx512".
func (i ISA) String() string {
	if i < 0 || int(i) >= len(names) {
		return fmt.Sprintf("ISA(%d)", int(i))
	}
	return names[i]
}

// Parse returns the instruction set of that name, in any case. It does not ask whether this machine has
// it; see Supported.
func Parse(s string) (ISA, error) {
	for i, n := range names {
		if strings.EqualFold(s, n) {
			return ISA(i), nil
		}
	}
	return Generic, fmt.Errorf("unknown instruction set %q: it must be one of %s", s, strings.Join(names[:], ", "))
}

// Supported reports whether this processor and this operating system can run i.
func (i ISA) Supported() bool { return i >= Generic && i <= Detect() }

// All returns the instruction sets this machine can run, Generic first.
func All() []ISA {
	var all []ISA
	for i := Generic; i <= Detect(); i++ {
		all = append(all, i)
	}
	return all
}

// Describe returns one line about this machine's vector instructions, for the doctor command.
func Describe() string {
	s := fmt.Sprintf("%s/%s, best kernels: %s", runtime.GOOS, runtime.GOARCH, Detect())
	if f := features(); f != "" {
		s += " (" + f + ")"
	}
	return s
}
