package isa

import (
	"strings"

	"golang.org/x/sys/cpu"
)

// Detect returns the largest instruction set that the processor has and the operating system saves the
// registers of (x/sys/cpu reports a feature only when XGETBV says so).
func Detect() ISA {
	x := &cpu.X86
	if !x.HasAVX2 || !x.HasFMA {
		return Generic
	}
	if !x.HasAVX512F || !x.HasAVX512DQ || !x.HasAVX512BW || !x.HasAVX512VL {
		return AVX2
	}
	return AVX512
}

func features() string {
	x := &cpu.X86
	var has []string
	for _, f := range []struct {
		name string
		on   bool
	}{
		{"avx2", x.HasAVX2},
		{"fma", x.HasFMA},
		{"avx512f", x.HasAVX512F},
		{"avx512dq", x.HasAVX512DQ},
		{"avx512bw", x.HasAVX512BW},
		{"avx512vl", x.HasAVX512VL},
		{"avx512vnni", x.HasAVX512VNNI},
		{"avx512bf16", x.HasAVX512BF16},
	} {
		if f.on {
			has = append(has, f.name)
		}
	}
	if len(has) == 0 {
		return "no vector extension in use"
	}
	return strings.Join(has, " ")
}
