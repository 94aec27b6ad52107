//go:build !windows

package durable

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// SyncDir flushes the entries of a folder, so that a file made, renamed or removed in it stays so after a power cut.
func SyncDir(dir string) (err error) {
	f, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("flush folder: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	err = f.Sync()
	// Some network and user-space file systems cannot flush a folder and say so; they offer nothing better.
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP) || errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("flush folder: %w", err)
	}
	return nil
}
