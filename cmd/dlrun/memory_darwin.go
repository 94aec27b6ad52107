package main

import "golang.org/x/sys/unix"

// memoryBytes is the machine's memory; 0 where it cannot be told.
func memoryBytes() int64 {
	n, err := unix.SysctlUint64("hw.memsize")
	if err != nil {
		return 0
	}
	return int64(n)
}
