package datasets

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/dlrun/dlrun/internal/durable"
	"github.com/dlrun/dlrun/internal/fetch"
	"github.com/dlrun/dlrun/pipeline/source"
)

// Store is the folder where sets lie that are not embedded, each file in a folder named by its checksum.
type Store struct {
	Dir    string
	Client *fetch.Client
}

// Sums are the checksums that a file may have.
func (f File) sums() []string {
	return append([]string{f.SHA256}, f.Also...)
}

func (f File) remote() fetch.File {
	r := fetch.File{Name: f.Name, Address: f.Address, Size: f.Size, Sums: f.sums()}
	return r
}

// Path is where a file of a set lies, or would lie.
func (st *Store) Path(_ *Set, f File) string {
	return filepath.Join(st.Dir, f.SHA256, f.Name)
}

// Has tells whether all files of a set are there; whether they are right Verify says.
func (st *Store) Has(s *Set) bool {
	for _, f := range s.Files {
		if info, err := os.Stat(st.Path(s, f)); err != nil || !info.Mode().IsRegular() {
			return false
		}
	}
	return true
}

// Verify compares the files of a set with what was published. A file that is missing is fs.ErrNotExist.
func (st *Store) Verify(s *Set) error {
	var errs []error
	for _, f := range s.Files {
		if err := fetch.Verify(st.Path(s, f), f.remote()); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", f.Name, err))
		}
	}
	return errors.Join(errs...)
}

// Fetch brings the files of a set that are not there.
func (st *Store) Fetch(ctx context.Context, s *Set) error {
	for _, f := range s.Files {
		path := st.Path(s, f)
		if err := durable.MkdirAll(filepath.Dir(path)); err != nil {
			return err
		}
		if err := st.client().Get(ctx, f.remote(), path); err != nil {
			return fmt.Errorf("set %q: %w", s.Name, err)
		}
	}
	return nil
}

// Import takes the files of a set from a folder, or one of them from a file.
func (st *Store) Import(ctx context.Context, s *Set, from string) error {
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	taken := 0
	for _, f := range s.Files {
		path := filepath.Join(from, f.Name)
		if !info.IsDir() {
			path = from
			if len(s.Files) > 1 && !strings.EqualFold(filepath.Base(from), f.Name) {
				continue
			}
		}
		if err := fetch.Verify(path, f.remote()); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		to := st.Path(s, f)
		if err := durable.MkdirAll(filepath.Dir(to)); err != nil {
			return err
		}
		f.Address = path
		if err := (&fetch.Client{}).Get(ctx, f.remote(), to); err != nil {
			return err
		}
		taken++
	}
	if taken == 0 {
		return fmt.Errorf("%s is none of the files of %q: %s", from, s.Name, strings.Join(s.fileNames(), ", "))
	}
	return nil
}

func (s *Set) fileNames() []string {
	var out []string
	for _, f := range s.Files {
		out = append(out, f.Name)
	}
	return out
}

// client is that of the store, or one that fetches nothing.
func (st *Store) client() *fetch.Client {
	if st.Client == nil {
		return &fetch.Client{Offline: true}
	}
	return st.Client
}

// Find returns the set of a name, or nil.
func Find(name string) *Set { return sets[name] }

// Ready makes the files of a set that is not embedded available and returns the folder-independent paths of its
// files, in their order. Without a store, or where nothing may be fetched, what is missing is an error.
func (st *Store) ready(ctx context.Context, s *Set) ([]string, error) {
	if !st.Has(s) {
		if st.Client == nil {
			return nil, fmt.Errorf("the set %q is not on this machine: %w; \"dlrun datasets fetch %s\" brings it", s.Name, fs.ErrNotExist, s.Name)
		}
		if err := st.Fetch(ctx, s); err != nil {
			return nil, err
		}
	}
	var out []string
	for _, f := range s.Files {
		out = append(out, st.Path(s, f))
	}
	return out, nil
}

// store is where sources of this package find their files.
var store *Store

// Use sets the store from which sets that are not embedded are read. It is called once, before anything is read.
func Use(st *Store) { store = st }

var _ source.Source = set{}
