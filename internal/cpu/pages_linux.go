package cpu

import (
	"syscall"
	"unsafe"
)

// hugePages asks the system to back b by pages of hugePage bytes where it can: what a step touches then fits into the processor's
// tables of pages. It is advice, so a system without such pages changes nothing.
func hugePages(b []byte) {
	at := int(-uintptr(unsafe.Pointer(unsafe.SliceData(b))) & (hugePage - 1))
	n := (len(b) - at) &^ (hugePage - 1)
	if n > 0 {
		_ = syscall.Madvise(b[at:at+n], syscall.MADV_HUGEPAGE)
	}
}
