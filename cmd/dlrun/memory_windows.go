package main

import (
	"unsafe"

	"golang.org/x/sys/windows"
)

// memoryStatus is MEMORYSTATUSEX of the Windows API.
type memoryStatus struct {
	length                                      uint32
	load                                        uint32
	totalPhysical, availablePhysical            uint64
	totalPage, availablePage                    uint64
	totalVirtual, availableVirtual, extendedVir uint64
}

// memoryBytes is the machine's memory; 0 where it cannot be told.
func memoryBytes() int64 {
	var s memoryStatus
	s.length = uint32(unsafe.Sizeof(s))
	proc := windows.NewLazySystemDLL("kernel32.dll").NewProc("GlobalMemoryStatusEx")
	if proc.Find() != nil {
		return 0
	}
	if ok, _, _ := proc.Call(uintptr(unsafe.Pointer(&s))); ok == 0 {
		return 0
	}
	return int64(s.totalPhysical)
}
