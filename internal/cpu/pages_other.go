//go:build !linux

package cpu

// hugePages does nothing: the system chooses.
func hugePages([]byte) {}
