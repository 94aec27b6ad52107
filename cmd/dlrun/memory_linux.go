package main

import (
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// memoryBytes is the memory that this process may have: the machine's, or its control group's where
// that is less; 0 where it cannot be told.
func memoryBytes() int64 {
	var total int64
	var info unix.Sysinfo_t
	if err := unix.Sysinfo(&info); err == nil {
		total = int64(info.Totalram) * int64(info.Unit)
	}
	for _, file := range []string{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"} {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // the other version of control groups, or none
		}
		limit, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
		if err == nil && limit > 0 && (total == 0 || limit < total) {
			total = limit
		}
	}
	return addressSpace(total)
}

// addressSpace is total, or what is left of the address space that the process may have (ulimit -v) where
// that is less.
func addressSpace(total int64) int64 {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_AS, &limit); err != nil || limit.Cur == unix.RLIM_INFINITY || limit.Cur > 1<<62 {
		return total
	}
	left := int64(limit.Cur)
	if text, err := os.ReadFile("/proc/self/statm"); err == nil {
		pages, _, _ := strings.Cut(string(text), " ")
		if n, err := strconv.ParseInt(pages, 10, 64); err == nil {
			left -= n * int64(os.Getpagesize())
		}
	}
	if left = max(left, 1); total == 0 || left < total {
		return left
	}
	return total
}
