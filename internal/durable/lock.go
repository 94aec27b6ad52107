package durable

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// lockName is the file in a held directory. It stays there after the directory is let go: removing it would let two
// processes hold two different files of the same name.
const lockName = ".lock"

// A DirLock is the right to write in a directory. It goes with the process: the operating system takes it back when
// the process ends in any way.
type DirLock struct {
	dir  string
	file *os.File
}

// A LockedError says that another process (or another part of this one) holds a directory.
type LockedError struct {
	Dir string
	PID int // the holder's process number; 0 where it is not known
}

func (e *LockedError) Error() string {
	if e.PID == 0 {
		return fmt.Sprintf("directory %s is in use by another process", e.Dir)
	}
	return fmt.Sprintf("directory %s is in use by process %d", e.Dir, e.PID)
}

// errHeld is what tryLock returns for a file that someone else has locked.
var errHeld = errors.New("held")

// Lock takes the directory dir, which must exist, or returns a *LockedError at once where it is held.
func Lock(dir string) (*DirLock, error) {
	path := filepath.Join(dir, lockName)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", dir, err)
	}
	if err := tryLock(f); err != nil {
		held := &LockedError{Dir: dir, PID: readPID(f)}
		closed := f.Close()
		if errors.Is(err, errHeld) {
			return nil, held
		}
		return nil, errors.Join(fmt.Errorf("lock %s: %w", dir, err), closed)
	}
	l := &DirLock{dir: dir, file: f}
	if err := l.writePID(strconv.Itoa(os.Getpid()) + "\n"); err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", dir, err), f.Close())
	}
	return l, nil
}

func (l *DirLock) writePID(text string) error {
	if err := l.file.Truncate(0); err != nil {
		return err
	}
	_, err := l.file.WriteAt([]byte(text), 0)
	return err
}

// readPID returns the process number in a lock file, or 0 where it cannot be told.
func readPID(f *os.File) int {
	text, err := io.ReadAll(io.NewSectionReader(f, 0, 32))
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || pid < 0 {
		return 0
	}
	return pid
}

// Unlock lets the directory go. A second call does nothing.
func (l *DirLock) Unlock() error {
	if l.file == nil {
		return nil
	}
	f := l.file
	l.file = nil
	// The number is wiped first so that it is never shown for a directory that its process no longer holds.
	err := f.Truncate(0)
	if err := errors.Join(err, unlock(f), f.Close()); err != nil {
		return fmt.Errorf("unlock %s: %w", l.dir, err)
	}
	return nil
}
