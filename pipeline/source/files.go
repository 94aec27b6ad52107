package source

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strings"
	"sync"

	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/pipeline/parallel"
)

// File is a data file that was read.
type File struct {
	Path   string `json:"path"` // as it was opened; "dlrun:NAME" for one inside the program
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// Files notes the files that were read, each once.
type Files struct {
	mu   sync.Mutex
	seen map[string]File
}

// Add notes a file.
func (f *Files) Add(file File) {
	if f == nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.seen == nil {
		f.seen = map[string]File{}
	}
	f.seen[file.Path] = file
}

// addFolder notes all files of a folder as one: the hash is that of the lines "SHA256  PATH" for each file
// in the order of their paths below the folder, as sha256sum writes them.
func (f *Files) addFolder(root string, all *Files) error {
	if f == nil {
		return nil
	}
	h, size := sha256.New(), int64(0)
	for _, file := range all.List() {
		below, err := filepath.Rel(root, file.Path)
		if err != nil {
			return err
		}
		fmt.Fprintf(h, "%s  %s\n", file.SHA256, filepath.ToSlash(below)) // never fails
		size += file.Size
	}
	f.Add(File{Path: root, Size: size, SHA256: hex.EncodeToString(h.Sum(nil))})
	return nil
}

// List returns the files in the order of their paths.
func (f *Files) List() []File {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := make([]File, 0, len(f.seen))
	for _, file := range f.seen {
		out = append(out, file)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Path < out[j].Path })
	return out
}

// hash notes an open file by its content and leaves it at its beginning. Reading it twice is what
// lets a damaged or exchanged file be told apart before any of it is believed.
func (f *Files) hash(path string, file *os.File) error {
	if f == nil {
		return nil
	}
	h := sha256.New()
	n, err := io.Copy(h, file)
	if err != nil {
		return err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	f.Add(File{Path: path, Size: n, SHA256: hex.EncodeToString(h.Sum(nil))})
	return nil
}

// hashBeside notes an open file by its content while others read it too; wait returns when that is done.
func (f *Files) hashBeside(path string, file io.ReaderAt, size int64) (wait func() error) {
	if f == nil {
		return func() error { return nil }
	}
	done := make(chan error, 1)
	go func() {
		done <- f.hashed(path, io.NewSectionReader(file, 0, size)).done()
	}()
	return func() error { return <-done }
}

// hashedFile is a file that is hashed as it is read, so that the hash is that of the very bytes that
// were used.
type hashedFile struct {
	files *Files
	path  string
	f     io.Reader
	h     hash.Hash
	n     int64
}

func (f *Files) hashed(path string, file io.Reader) *hashedFile {
	return &hashedFile{files: f, path: path, f: file, h: sha256.New()}
}

func (h *hashedFile) Read(p []byte) (int, error) {
	n, err := h.f.Read(p)
	h.h.Write(p[:n]) // never fails
	h.n += int64(n)
	return n, err
}

// done notes the file, what is left of it read through.
func (h *hashedFile) done() error {
	if _, err := io.Copy(io.Discard, h); err != nil {
		return &Error{File: h.path, Err: err}
	}
	h.files.Add(File{Path: h.path, Size: h.n, SHA256: hex.EncodeToString(h.h.Sum(nil))})
	return nil
}

// paths are the arguments by which file sources are told where their parts are.
type paths struct {
	path, train, validation, test string
}

func (p *paths) bind(b *schema.Block, what string) {
	b.String(&p.path, "path", what+" of the dataset; a pattern such as data/*."+strings.ToLower(what[:3])+" stands for all files it matches, in the order of their names.", schema.Optional(), schema.Path())
	b.String(&p.train, "train", "As path, for training, where the parts are apart.", schema.Optional(), schema.Path())
	b.String(&p.validation, "validation", "As path, for validation.", schema.Optional(), schema.Path())
	b.String(&p.test, "test", "As path, for the test split.", schema.Optional(), schema.Path())
}

func (p *paths) Validate() error {
	switch {
	case p.path == "" && p.train == "":
		return schema.Atf("path", `it needs "path", or "train" where the parts are given apart`)
	case p.path != "" && p.train != "":
		return schema.Atf("train", `"path" and "train" both say where the rows for training are; keep one`)
	}
	return nil
}

// Parts are the parts that have a path.
func (p *paths) Parts() []string {
	parts := []string{Train}
	if p.validation != "" {
		parts = append(parts, Validation)
	}
	if p.test != "" {
		parts = append(parts, Test)
	}
	return parts
}

// Overlapping is a source whose parts may read the same files.
type Overlapping interface {
	// Overlap names two parts that do.
	Overlap() (one, other string, ok bool)
}

// Overlap finds two parts that read the same files, as far as their paths tell.
func (p *paths) Overlap() (one, other string, ok bool) {
	given := map[string]string{Train: p.path + p.train, Validation: p.validation, Test: p.test}
	parts := p.Parts()
	for i, a := range parts {
		for _, b := range parts[i+1:] {
			x, y := filepath.ToSlash(filepath.Clean(given[a])), filepath.ToSlash(filepath.Clean(given[b]))
			in, _ := path.Match(x, y) // a pattern that is none matches nothing
			of, _ := path.Match(y, x)
			if x == y || in || of {
				return a, b, true
			}
		}
	}
	return "", "", false
}

// find lists a part's files.
func (p *paths) find(dir, part string) ([]string, error) {
	pattern := p.path
	switch {
	case part == Validation:
		pattern = p.validation
	case part == Test:
		pattern = p.test
	case pattern == "":
		pattern = p.train
	}
	full := pattern
	if !filepath.IsAbs(full) {
		full = filepath.Join(dir, full)
	}
	if _, err := os.Lstat(full); err == nil || !strings.ContainsAny(pattern, "*?[") {
		return []string{full}, nil
	}
	found, err := filepath.Glob(full)
	if err != nil {
		return nil, fmt.Errorf("%s is not a pattern of file names: %w", pattern, err)
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("no file matches %s", full)
	}
	sort.Strings(found)
	return found, nil
}

// Hash notes the files of a part.
func (p *paths) Hash(ctx context.Context, r Request) error {
	files, err := p.find(r.Dir, r.Part)
	if err != nil {
		return err
	}
	return hashAll(ctx, files, r)
}

// hashAll notes files, several at a time.
func hashAll(ctx context.Context, files []string, r Request) error {
	return parallel.Each(ctx, r.Workers, len(files), func(_, i int) error {
		f, _, err := open(files[i], r.Files)
		if err != nil {
			return err
		}
		return f.Close()
	})
}

// open opens a file and notes it.
func open(path string, files *Files) (*os.File, int64, error) {
	st, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, 0, err
	case st.IsDir():
		return nil, 0, fmt.Errorf("%s is a directory", path)
	case !st.Mode().IsRegular(): // to open a pipe would wait for its other end
		return nil, 0, fmt.Errorf("%s is not a regular file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	if err := files.hash(path, f); err != nil {
		f.Close()
		return nil, 0, err
	}
	return f, st.Size(), nil
}
