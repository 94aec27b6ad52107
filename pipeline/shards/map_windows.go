package shards

import (
	"os"
	"unsafe"

	"golang.org/x/sys/windows"
)

// mapFile maps a file for reading, for the life of the process: values and texts that lie in it may be held
// anywhere.
func mapFile(f *os.File, size int64) ([]byte, error) {
	if size == 0 {
		return nil, nil
	}
	h, err := windows.CreateFileMapping(windows.Handle(f.Fd()), nil, windows.PAGE_READONLY, 0, 0, nil)
	if err != nil {
		return nil, err
	}
	defer windows.CloseHandle(h) // the view keeps what it needs
	at, err := windows.MapViewOfFile(h, windows.FILE_MAP_READ, 0, 0, uintptr(size))
	if err != nil {
		return nil, err
	}
	return unsafe.Slice((*byte)(unsafe.Add(unsafe.Pointer(nil), at)), size), nil
}

// ahead does nothing: the system reads ahead by itself.
func ahead([]byte, int64, int64) {}

// release takes pages out of the working set, which is what unlocking those that are not locked does.
func release(b []byte, at, size int64) {
	if size > 0 {
		_ = windows.VirtualUnlock(uintptr(unsafe.Pointer(&b[at])), uintptr(size)) // says that they were not locked
	}
}

// freeBytes is what is free on the disk of a folder, for this user.
func freeBytes(dir string) (free uint64, err error) {
	name, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return 0, err
	}
	err = windows.GetDiskFreeSpaceEx(name, &free, nil, nil)
	return free, err
}
