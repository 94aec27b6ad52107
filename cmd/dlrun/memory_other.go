//go:build !linux && !darwin && !windows

package main

// memoryBytes is 0: it cannot be told on this system.
func memoryBytes() int64 { return 0 }
