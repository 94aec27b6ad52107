//go:build unix

package shards

import (
	"os"

	"golang.org/x/sys/unix"
)

// mapFile maps a file for reading, for the life of the process: values and texts that lie in it may be held
// anywhere.
func mapFile(f *os.File, size int64) ([]byte, error) {
	if size == 0 {
		return nil, nil
	}
	return unix.Mmap(int(f.Fd()), 0, int(size), unix.PROT_READ, unix.MAP_SHARED)
}

// pages is the part of a mapping's range that consists of whole pages; the rest belongs to neighbours too.
func pages(b []byte, at, size int64) []byte {
	page := int64(os.Getpagesize())
	from, to := (at+page-1)/page*page, (at+size)/page*page
	if from >= to {
		return nil
	}
	return b[from:to]
}

// ahead and release are advice, which the system may not take.
func ahead(b []byte, at, size int64) {
	if p := pages(b, at, size); p != nil {
		_ = unix.Madvise(p, unix.MADV_WILLNEED)
	}
}

func release(b []byte, at, size int64) {
	if p := pages(b, at, size); p != nil {
		_ = unix.Madvise(p, unix.MADV_DONTNEED)
	}
}

// freeBytes is what is free on the disk of a folder, for this user.
func freeBytes(dir string) (uint64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, err
	}
	return uint64(s.Bavail) * uint64(s.Bsize), nil
}
