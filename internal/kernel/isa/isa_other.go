//go:build !amd64

package isa

// Detect returns Generic: the vector kernels are for amd64.
func Detect() ISA { return Generic }

func features() string { return "" }
