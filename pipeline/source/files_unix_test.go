//go:build unix

package source

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A pipe would be waited for without end.
func TestPipeIsNoFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, s := range []Located{new(csvSource), new(npz)} {
		if _, err := table(s.At(path), Request{Columns: []Want{{Name: "a"}}}); err == nil || !strings.Contains(err.Error(), "is not a regular file") {
			t.Error(err)
		}
	}
}
