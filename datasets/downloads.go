package datasets

import (
	"archive/tar"
	"archive/zip"
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"

	"github.com/dlrun/dlrun/internal/durable"
	"github.com/dlrun/dlrun/internal/fetch"
)

// Download is a file that a user's dataset is read from.
type Download struct {
	Name      string
	Addresses []string // in the order of trying
	SHA256    string
	Size      int64
	Unpack    bool
	Unpacked  int64 // bytes of an archive's files at most; 0 for a share of its size
}

// A folder of downloads holds the files as their dataset sees them, those of archives unpacked. Its name tells what they are; a list
// of its files, with their checksums, lies beside it and is written last.

// treeFile is a file of such a folder.
type treeFile struct {
	Path   string `json:"path"` // with slashes
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// maxTreeFiles bounds the files of an archive.
const maxTreeFiles = 5_000_000

func (d Download) remotes() []fetch.File {
	var out []fetch.File
	for _, a := range d.Addresses {
		out = append(out, fetch.File{Name: d.Name, Address: a, Size: d.Size, Sums: []string{d.SHA256}})
	}
	return out
}

// tree is the folder of some downloads.
func (st *Store) tree(all []Download) (string, error) {
	type what struct {
		Name, SHA256 string
		Unpack       bool
	}
	var key []what
	for _, d := range all {
		key = append(key, what{d.Name, d.SHA256, d.Unpack})
	}
	text, err := json.Marshal(key)
	sum := sha256.Sum256(text)
	return filepath.Join(st.Dir, "trees", hex.EncodeToString(sum[:16])), err
}

// Downloads makes files that a dataset is read from available, and returns their folder. What is there is checked by the names
// and sizes of its files; VerifyDownloads compares contents.
func (st *Store) Downloads(ctx context.Context, all []Download) (string, error) {
	dir, err := st.tree(all)
	if err != nil {
		return "", err
	}
	if err := checkTree(dir, false); err == nil {
		return dir, nil
	}
	if err := durable.MkdirAll(filepath.Dir(dir)); err != nil {
		return "", err
	}
	var archives []string
	for _, d := range all {
		path, err := st.download(ctx, d)
		if err != nil {
			return "", err
		}
		archives = append(archives, path)
	}
	temporary, err := os.MkdirTemp(filepath.Dir(dir), ".dlrun-tmp-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(temporary) // nothing is left of it once it has its name
	for i, d := range all {
		if d.Unpack {
			err = unpackArchive(ctx, archives[i], temporary, d.limit())
		} else {
			err = link(archives[i], filepath.Join(temporary, d.Name))
		}
		if err != nil {
			return "", fmt.Errorf("%s: %w", d.Name, err)
		}
	}
	files, err := listTree(temporary)
	if err != nil {
		return "", err
	}
	if err := errors.Join(os.RemoveAll(dir), os.Remove(dir+".json")); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	if err := os.Rename(temporary, dir); err != nil {
		if checkTree(dir, false) == nil { // another run was first
			return dir, nil
		}
		return "", err
	}
	return dir, durable.WriteFile(dir+".json", func(w io.Writer) error { return json.NewEncoder(w).Encode(files) })
}

// download brings one file to its place in the store.
func (st *Store) download(ctx context.Context, d Download) (string, error) {
	path := filepath.Join(st.Dir, d.SHA256, d.Name)
	if err := durable.MkdirAll(filepath.Dir(path)); err != nil {
		return "", err
	}
	var errs []error
	for _, f := range d.remotes() {
		err := st.client().Get(ctx, f, path)
		if err == nil {
			return path, nil
		}
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		errs = append(errs, err)
	}
	return "", fmt.Errorf("download %q: %w", d.Name, errors.Join(errs...))
}

// VerifyDownloads compares the files of downloads with what was fetched, and that with what it should be. fs.ErrNotExist where
// they are not there.
func (st *Store) VerifyDownloads(all []Download) error {
	dir, err := st.tree(all)
	if err != nil {
		return err
	}
	for _, d := range all {
		if err := fetch.Verify(filepath.Join(st.Dir, d.SHA256, d.Name), d.remotes()[0]); err != nil {
			return fmt.Errorf("download %q: %w", d.Name, err)
		}
	}
	return checkTree(dir, true)
}

// limit is how many bytes an archive's files may have.
func (d Download) limit() int64 {
	if d.Unpacked > 0 {
		return d.Unpacked
	}
	return max(1<<30, 20*d.Size)
}

// link puts a file of the store into a folder, on the same disk without a copy.
func link(from, to string) error {
	if os.Link(from, to) == nil {
		return nil
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close() // only read from
	return durable.WriteFile(to, func(w io.Writer) error { _, err := io.Copy(w, in); return err })
}

// listTree lists a folder's files.
func listTree(dir string) ([]treeFile, error) {
	files := []treeFile{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		size, sum, err := fetch.Sum(path)
		if err != nil {
			return err
		}
		below, err := filepath.Rel(dir, path)
		files = append(files, treeFile{filepath.ToSlash(below), size, sum})
		return err
	})
	return files, err
}

// checkTree compares a folder with its list: names and sizes, or contents too.
func checkTree(dir string, contents bool) error {
	text, err := os.ReadFile(dir + ".json")
	if err != nil {
		return err
	}
	var files []treeFile
	if err := json.Unmarshal(text, &files); err != nil {
		return fmt.Errorf("%s.json: %w", dir, err)
	}
	for _, f := range files {
		path := filepath.Join(dir, filepath.FromSlash(f.Path))
		info, err := os.Lstat(path)
		if err != nil {
			return err
		}
		if !info.Mode().IsRegular() || info.Size() != f.Size {
			return fmt.Errorf("%s is not as it was fetched", path)
		}
		if contents {
			if err := fetch.Verify(path, fetch.File{Sums: []string{f.SHA256}}); err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
		}
	}
	return nil
}

// unpackArchive writes an archive's files below a folder, in all at most limit bytes of them.
func unpackArchive(ctx context.Context, archive, dir string, limit int64) error {
	root, err := os.OpenRoot(dir) // nothing is written outside, whatever names and links say
	if err != nil {
		return err
	}
	defer root.Close()
	u := &unpacking{ctx: ctx, root: root, left: limit, limit: limit}
	if strings.HasSuffix(strings.ToLower(archive), ".zip") {
		return u.zip(archive)
	}
	return u.tar(archive)
}

// unpacking is an archive on its way to the disk.
type unpacking struct {
	ctx         context.Context
	root        *os.Root
	left, limit int64
	files       int
}

func (u *unpacking) zip(archive string) error {
	z, err := zip.OpenReader(archive)
	if err != nil {
		return fmt.Errorf("it is no zip archive, or it is damaged: %w", err)
	}
	defer z.Close()
	for _, f := range z.File {
		if strings.HasSuffix(f.Name, "/") {
			continue
		}
		if !f.Mode().IsRegular() {
			return fmt.Errorf("%q in the archive is a link or a device, and only files are unpacked", f.Name)
		}
		in, err := f.Open()
		if err != nil {
			return fmt.Errorf("%q in the archive: %w", f.Name, err)
		}
		err = u.write(f.Name, in)
		if err = errors.Join(err, in.Close()); err != nil {
			return err
		}
	}
	return u.some()
}

func (u *unpacking) tar(archive string) error {
	f, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer f.Close()
	b := bufio.NewReaderSize(f, 64<<10)
	var in io.Reader = b
	switch magic, _ := b.Peek(4); { // one that fails finds a short file
	case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}):
		if in, err = gzip.NewReader(b); err != nil {
			return fmt.Errorf("it is damaged: %w", err)
		}
	case bytes.Equal(magic, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		z, err := zstd.NewReader(b, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(128<<20))
		if err != nil {
			return fmt.Errorf("it is damaged: %w", err)
		}
		in = z
	}
	for t := tar.NewReader(in); ; {
		h, err := t.Next()
		if err == io.EOF {
			return u.some()
		}
		if err != nil {
			return fmt.Errorf("it is no tar archive, or it is damaged: %w", err)
		}
		switch h.Typeflag {
		case tar.TypeReg:
			if err := u.write(h.Name, t); err != nil {
				return err
			}
		case tar.TypeDir, tar.TypeXGlobalHeader:
		default:
			return fmt.Errorf("%q in the archive is a link or a device, and only files are unpacked", h.Name)
		}
	}
}

func (u *unpacking) some() error {
	if u.files == 0 {
		return errors.New("the archive holds no files")
	}
	return nil
}

// write writes one file.
func (u *unpacking) write(name string, in io.Reader) error {
	if err := u.ctx.Err(); err != nil {
		return err
	}
	path := filepath.FromSlash(strings.TrimPrefix(name, "./"))
	if !filepath.IsLocal(path) || slices.Contains(strings.Split(name, "/"), "..") {
		return fmt.Errorf("%q in the archive leads out of its folder", name)
	}
	if u.files++; u.files > maxTreeFiles {
		return fmt.Errorf("the archive has more than %d files", maxTreeFiles)
	}
	if folder := filepath.Dir(path); folder != "." {
		if err := u.root.MkdirAll(folder, 0o777); err != nil {
			return err
		}
	}
	out, err := u.root.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%q is in the archive twice, or the name of two downloads' files", name)
	}
	if err != nil {
		return err
	}
	n, err := io.Copy(out, io.LimitReader(in, u.left+1))
	if err = errors.Join(err, out.Close()); err != nil {
		return fmt.Errorf("%q in the archive: %w", name, err)
	}
	if u.left -= n; u.left < 0 {
		return fmt.Errorf("the archive's files have more than %d bytes, which is as much as is unpacked; unpacked_size allows more", u.limit)
	}
	return nil
}
