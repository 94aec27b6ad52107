package dsl

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strings"
)

// A place is a file or folder in a tree: the machine's own files, the embedded library, or the
// sources of a bundle.
type place struct {
	tree tree
	path string
}

// tree is what a module's files are read from.
type tree interface {
	stat(p string) (fs.FileInfo, error)
	open(p string) (fs.File, error)
	readDir(p string) ([]fs.DirEntry, error)
	join(dir, rel string) string
	dir(p string) string
	// real is the path with symbolic links followed, to tell whether one place is below another.
	real(p string) (string, error)
}

func (at place) stat() (fs.FileInfo, error)         { return at.tree.stat(at.path) }
func (at place) readDir() ([]fs.DirEntry, error)    { return at.tree.readDir(at.path) }
func (at place) dir() place                         { return place{at.tree, at.tree.dir(at.path)} }
func (at place) join(rel string) place              { return place{at.tree, at.tree.join(at.path, rel)} }
func (at place) readFile(limit int) ([]byte, error) { return readLimited(at.tree, at.path, limit) }

func readLimited(t tree, p string, limit int) ([]byte, error) {
	f, err := t.open(p)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("it is not a regular file")
	}
	b, err := io.ReadAll(io.LimitReader(f, int64(limit)+1))
	if err != nil {
		return nil, err
	}
	if len(b) > limit {
		return nil, fmt.Errorf("the file is larger than %s", size(limit))
	}
	return b, nil
}

func size(n int) string {
	if n >= 1<<20 {
		return fmt.Sprintf("%d MiB", n>>20)
	}
	return fmt.Sprintf("%d KiB", n>>10)
}

// osTree is the machine's own files.
type osTree struct{}

func (osTree) stat(p string) (fs.FileInfo, error)      { return os.Stat(p) }
func (osTree) readDir(p string) ([]fs.DirEntry, error) { return os.ReadDir(p) }
func (osTree) dir(p string) string                     { return filepath.Dir(p) }
func (osTree) real(p string) (string, error) {
	p, err := filepath.EvalSymlinks(p)
	if err != nil {
		return "", err
	}
	return filepath.Abs(p)
}

// open looks before it opens: opening a named pipe would wait for a writer.
func (osTree) open(p string) (fs.File, error) {
	info, err := os.Stat(p)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("it is not a regular file")
	}
	return os.Open(p)
}

func (osTree) join(dir, rel string) string {
	rel = filepath.FromSlash(rel)
	if filepath.IsAbs(rel) {
		return filepath.Clean(rel)
	}
	return filepath.Join(dir, rel)
}

// fsTree is an fs.FS, such as the embedded library. prefix is what messages put before its paths.
type fsTree struct {
	fsys   fs.FS
	prefix string
}

func (t fsTree) in(p string) string                      { return strings.TrimPrefix(p, t.prefix) }
func (t fsTree) stat(p string) (fs.FileInfo, error)      { return fs.Stat(t.fsys, t.in(p)) }
func (t fsTree) open(p string) (fs.File, error)          { return t.fsys.Open(t.in(p)) }
func (t fsTree) readDir(p string) ([]fs.DirEntry, error) { return fs.ReadDir(t.fsys, t.in(p)) }
func (t fsTree) dir(p string) string                     { return t.prefix + path.Dir(t.in(p)) }
func (t fsTree) real(p string) (string, error)           { return p, nil }
func (t fsTree) join(dir, rel string) string             { return t.prefix + path.Join(t.in(dir), rel) }

// mapFS is an fs.FS over files in memory, by slash-separated path.
type mapFS map[string][]byte

// Open implements fs.FS.
func (m mapFS) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	if b, ok := m[name]; ok {
		return &mapFile{info: mapInfo{path.Base(name), int64(len(b)), false}, r: bytes.NewReader(b)}, nil
	}
	entries, err := m.ReadDir(name)
	if err != nil {
		return nil, err
	}
	return &mapFile{info: mapInfo{path.Base(name), 0, true}, r: bytes.NewReader(nil), entries: entries}, nil
}

// ReadDir implements fs.ReadDirFS.
func (m mapFS) ReadDir(name string) ([]fs.DirEntry, error) {
	prefix := name + "/"
	if name == "." {
		prefix = ""
	}
	seen := map[string]mapInfo{}
	for p, b := range m {
		if rest, ok := strings.CutPrefix(p, prefix); ok {
			first, _, deeper := strings.Cut(rest, "/")
			i := mapInfo{first, int64(len(b)), deeper}
			if deeper {
				i.size = 0
			}
			seen[first] = i
		}
	}
	if len(seen) == 0 && name != "." {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	out := make([]fs.DirEntry, 0, len(seen))
	for _, i := range seen {
		out = append(out, fs.FileInfoToDirEntry(i))
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name() < out[j].Name() })
	return out, nil
}
