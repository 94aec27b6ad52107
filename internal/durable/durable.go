// Package durable writes files so that a reader finds the old content or the new one, whole, whatever happens in
// between: a kill, a full disk, a power cut. It also holds directories, so that two processes never write one run.
//
// A temporary file is what a write in progress leaves in the target's own folder; its name starts with
// [temporaryPrefix] and nobody but this package makes or removes such names.
package durable

import (
	"bufio"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/robustio"
)

// temporaryPrefix starts the name of every temporary file.
const temporaryPrefix = ".dlrun-tmp-"

// WriteFile replaces the file at path by what write produces. The content goes to a temporary file in the same
// folder, is flushed to the disk and then renamed, and the folder is flushed too: when WriteFile returns nil the new
// content survives a power cut, and when it returns an error the old file is untouched and the temporary one is gone.
// The writer given to write is buffered. The folder must exist.
func WriteFile(path string, write func(io.Writer) error) error {
	return WriteChecked(path, write, nil)
}

// WriteChecked is WriteFile with a look at the new file before it takes the old one's place: check gets the path of
// the finished temporary file, and where it returns an error the old file stays. A nil check checks nothing.
func WriteChecked(path string, write func(io.Writer) error, check func(temporary string) error) (err error) {
	dir := filepath.Dir(path)
	f, err := createTemporary(dir)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			// The first error is the one to report; a file that is closed already, or a temporary one that
			// cannot be removed, is cleared away by RemoveTemporary when the directory is next opened.
			_ = f.Close()
			_ = os.Remove(f.Name())
			err = fmt.Errorf("write %s: %w", path, err)
		}
	}()
	buf := bufio.NewWriterSize(f, 1<<20)
	if err := write(buf); err != nil {
		return err
	}
	if err := buf.Flush(); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if check != nil {
		if err := check(f.Name()); err != nil {
			return err
		}
	}
	// On Windows a virus scanner or indexer that has just opened either file makes a rename fail for a moment.
	if err := robustio.Rename(f.Name(), path); err != nil {
		return err
	}
	return SyncDir(dir)
}

// createTemporary opens a new temporary file in dir with the permissions an ordinary new file gets, which
// os.CreateTemp does not: a run directory may be shared by a group.
func createTemporary(dir string) (*os.File, error) {
	for {
		var id [8]byte
		if _, err := rand.Read(id[:]); err != nil {
			return nil, err
		}
		name := filepath.Join(dir, temporaryPrefix+hex.EncodeToString(id[:]))
		f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		return f, err
	}
}

// RemoveTemporary removes the temporary files that killed processes left in dir (not in folders below it) and
// returns how many there were. Only the holder of the directory's lock may call it. A folder that does not exist
// has none.
func RemoveTemporary(dir string) (int, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("remove temporary files: %w", err)
	}
	n := 0
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), temporaryPrefix) || !e.Type().IsRegular() {
			continue
		}
		if err := robustio.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
			return n, fmt.Errorf("remove temporary files: %w", err)
		}
		n++
	}
	return n, nil
}

// MkdirAll makes the folder dir with all parents it lacks, and flushes each folder that gained an entry.
func MkdirAll(dir string) error {
	info, err := os.Stat(dir)
	switch {
	case err == nil && info.IsDir():
		return nil
	case err == nil:
		return fmt.Errorf("make folder %s: there is a file of that name", dir)
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("make folder %s: %w", dir, err)
	}
	parent := filepath.Dir(dir)
	if parent != dir {
		if err := MkdirAll(parent); err != nil {
			return err
		}
	}
	if err := os.Mkdir(dir, 0o777); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("make folder %s: %w", dir, err)
	}
	return SyncDir(parent)
}

// OpenRegular opens the file at path for reading and returns its size. Anything but a regular file is an error before
// it is opened: to open a pipe would wait for its other end.
func OpenRegular(path string) (*os.File, int64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, 0, err
	}
	if !info.Mode().IsRegular() {
		return nil, 0, &fs.PathError{Op: "open", Path: path, Err: errors.New("not a regular file")}
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	// Asked again, of what was in fact opened: the file may have been replaced in between.
	if info, err = f.Stat(); err != nil {
		return nil, 0, errors.Join(err, f.Close())
	}
	return f, info.Size(), nil
}

// Remove removes one file and flushes its folder. A file that does not exist is no error.
func Remove(path string) error {
	if err := os.Remove(path); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return fmt.Errorf("remove: %w", err)
	}
	return SyncDir(filepath.Dir(path))
}

// Truncate cuts the file at path to size bytes and flushes it. A file that is shorter than size is an error and is
// left as it is: what is missing from it cannot be made up.
func Truncate(path string, size int64) (err error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("truncate: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("truncate %s: %w", path, err)
	}
	if info.Size() < size {
		return fmt.Errorf("truncate %s: it has %d bytes, fewer than the %d to keep", path, info.Size(), size)
	}
	if info.Size() == size {
		return nil
	}
	if err := f.Truncate(size); err != nil {
		return fmt.Errorf("truncate %s: %w", path, err)
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("truncate %s: %w", path, err)
	}
	return nil
}
