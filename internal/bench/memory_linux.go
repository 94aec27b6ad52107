package main

import (
	"os"
	"syscall"
)

// peakMemory is the most memory in bytes that a process which has ended had.
func peakMemory(s *os.ProcessState) float64 {
	if u, ok := s.SysUsage().(*syscall.Rusage); ok {
		return float64(u.Maxrss) * 1024
	}
	return 0
}
