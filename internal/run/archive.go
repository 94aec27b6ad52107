package run

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/dlrun/dlrun/internal/durable"
)

// Limits of an archive that is read. Sizes need no limit of their own: entries are stored as they are, so together
// they cannot be larger than the file that is there.
const (
	maxEntries   = 1000
	maxEntryName = 255
	maxIndex     = 64 << 20 // bytes of the index
)

// indexName is the entry that lists all others. It comes first in the file.
const indexName = "manifest.json"

// commentPrefix starts the zip file's comment, which holds the SHA-256 of the index: so every byte of content hangs on
// a hash.
const commentPrefix = "dlrun index sha256 "

// An indexEntry is what the index says of one entry.
type indexEntry struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// An archiveEntry is a named file to be written. The content is asked for twice and must come out the same: once for
// its hash, once to be stored, so that a large one is never held in memory as bytes.
type archiveEntry struct {
	name  string
	write func(io.Writer) error
}

func bytesEntry(name string, content []byte) archiveEntry {
	return archiveEntry{name, func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	}}
}

// archiveDate is the date of every entry as the format packs it: 1980-01-01, the first that there is.
const archiveDate = 1<<5 | 1

// sums are the size and checks of one entry's content.
type sums struct {
	bytes  int64
	crc    uint32
	sha256 string
}

func measure(write func(io.Writer) error) (sums, error) {
	crc, sha := crc32.NewIEEE(), sha256.New()
	n := &counter{}
	if err := write(io.MultiWriter(crc, sha, n)); err != nil {
		return sums{}, err
	}
	return sums{n.bytes, crc.Sum32(), hex.EncodeToString(sha.Sum(nil))}, nil
}

type counter struct{ bytes int64 }

func (c *counter) Write(p []byte) (int, error) {
	c.bytes += int64(len(p))
	return len(p), nil
}

// writeArchive writes entries to w, led by the index that index makes of their list.
func writeArchive(w io.Writer, entries []archiveEntry, index func([]indexEntry) any) error {
	list := make([]indexEntry, len(entries))
	all := make([]sums, len(entries))
	names := newNameSet()
	for i, e := range entries {
		if err := names.add(e.name); err != nil {
			return err
		}
		s, err := measure(e.write)
		if err != nil {
			return fmt.Errorf("%s: %w", e.name, err)
		}
		all[i], list[i] = s, indexEntry{e.name, s.bytes, s.sha256}
	}
	if len(entries) >= maxEntries {
		return fmt.Errorf("%d entries, at most %d are read back", len(entries), maxEntries-1)
	}
	text, err := json.MarshalIndent(index(list), "", "  ")
	if err != nil {
		return fmt.Errorf("%s: %w", indexName, err)
	}
	text = append(text, '\n')
	if len(text) > maxIndex {
		return fmt.Errorf("%s has %d bytes, at most %d are read back", indexName, len(text), maxIndex)
	}
	head := bytesEntry(indexName, text)
	headSums, err := measure(head.write)
	if err != nil {
		return err
	}
	z := zip.NewWriter(w)
	for i, e := range append([]archiveEntry{head}, entries...) {
		s := headSums
		if i > 0 {
			s = all[i-1]
		}
		if err := storeEntry(z, e, s); err != nil {
			return fmt.Errorf("%s: %w", e.name, err)
		}
	}
	if err := z.SetComment(commentPrefix + headSums.sha256); err != nil {
		return err
	}
	return z.Close()
}

// storeEntry writes one entry with its sizes in front, where every zip reader finds them.
func storeEntry(z *zip.Writer, e archiveEntry, s sums) error {
	h := &zip.FileHeader{
		Name:               e.name,
		Method:             zip.Store,
		CRC32:              s.crc,
		CompressedSize64:   uint64(s.bytes),
		UncompressedSize64: uint64(s.bytes),
	}
	//lint:ignore SA1019 CreateRaw writes the packed date and takes no notice of Modified.
	h.ModifiedDate = archiveDate
	out, err := z.CreateRaw(h)
	if err != nil {
		return err
	}
	crc, n := crc32.NewIEEE(), &counter{}
	if err := e.write(io.MultiWriter(out, crc, n)); err != nil {
		return err
	}
	if n.bytes != s.bytes || crc.Sum32() != s.crc {
		return errors.New("the content changed while it was being written")
	}
	return nil
}

// An archive is an open zip file whose names, sizes and index have been checked. Contents are checked as they are read.
type archive struct {
	entries map[string]*zip.File
	index   []byte
	listed  map[string]indexEntry
}

// openArchive checks everything about a file of size bytes that can be checked without reading the contents.
func openArchive(src io.ReaderAt, size int64) (*archive, error) {
	z, err := zip.NewReader(src, size)
	if err != nil {
		return nil, err
	}
	if len(z.File) > maxEntries {
		return nil, fmt.Errorf("%d entries, at most %d are read", len(z.File), maxEntries)
	}
	a := &archive{entries: map[string]*zip.File{}, listed: map[string]indexEntry{}}
	names := newNameSet()
	rest := uint64(size)
	for _, f := range z.File {
		if err := names.add(f.Name); err != nil {
			return nil, err
		}
		if f.Method != zip.Store || f.CompressedSize64 != f.UncompressedSize64 {
			return nil, fmt.Errorf("%s is compressed; entries are stored as they are", f.Name)
		}
		if f.UncompressedSize64 > rest {
			return nil, fmt.Errorf("%s and what is before it claim more bytes than the file has", f.Name)
		}
		rest -= f.UncompressedSize64
		a.entries[f.Name] = f
	}
	head, ok := a.entries[indexName]
	if !ok {
		return nil, fmt.Errorf("no %s", indexName)
	}
	if head.UncompressedSize64 > maxIndex {
		return nil, fmt.Errorf("%s has %d bytes, at most %d are read", indexName, head.UncompressedSize64, maxIndex)
	}
	if a.index, err = readEntry(head); err != nil {
		return nil, err
	}
	if sum := sha256.Sum256(a.index); z.Comment != commentPrefix+hex.EncodeToString(sum[:]) {
		return nil, fmt.Errorf("%s is damaged: its SHA-256 is not the one in the file's comment", indexName)
	}
	var index struct {
		Entries []indexEntry `json:"entries"`
	}
	if err := json.Unmarshal(a.index, &index); err != nil {
		return nil, fmt.Errorf("%s: %w", indexName, err)
	}
	for _, e := range index.Entries {
		f, ok := a.entries[e.Name]
		switch _, twice := a.listed[e.Name]; {
		case twice || e.Name == indexName:
			return nil, fmt.Errorf("%s lists %q twice", indexName, e.Name)
		case !ok:
			return nil, fmt.Errorf("%s lists %q, which is not there", indexName, e.Name)
		case e.Bytes < 0 || f.UncompressedSize64 != uint64(e.Bytes):
			return nil, fmt.Errorf("%s has %d bytes, but %s says %d", e.Name, f.UncompressedSize64, indexName, e.Bytes)
		}
		a.listed[e.Name] = e
	}
	for _, f := range z.File {
		if _, ok := a.listed[f.Name]; !ok && f.Name != indexName {
			return nil, fmt.Errorf("%s does not list %q", indexName, f.Name)
		}
	}
	return a, nil
}

// read returns the content of one entry after comparing it with its hash. The slice starts at an aligned address.
func (a *archive) read(name string) ([]byte, error) {
	want, ok := a.listed[name]
	if !ok {
		return nil, fmt.Errorf("no %s", name)
	}
	content, err := readEntry(a.entries[name])
	if err != nil {
		return nil, err
	}
	if sum := sha256.Sum256(content); hex.EncodeToString(sum[:]) != want.SHA256 {
		return nil, fmt.Errorf("%s is damaged: its SHA-256 is not the one in %s", name, indexName)
	}
	return content, nil
}

// verify compares every entry with its hash without holding any of them.
func (a *archive) verify() error {
	for name, want := range a.listed {
		got, err := measure(func(w io.Writer) error { return copyEntry(w, a.entries[name]) })
		if err != nil {
			return err
		}
		if got.sha256 != want.SHA256 {
			return fmt.Errorf("%s is damaged: its SHA-256 is not the one in %s", name, indexName)
		}
	}
	return nil
}

func readEntry(f *zip.File) ([]byte, error) {
	if f.UncompressedSize64 > math.MaxInt {
		return nil, fmt.Errorf("%s does not fit in memory", f.Name)
	}
	var b bytes.Buffer
	b.Grow(int(f.UncompressedSize64) + bytes.MinRead) // the last read finds the end and must not double the buffer
	if err := copyEntry(&b, f); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// copyEntry reads to the end of the entry, where package zip compares its CRC-32.
func copyEntry(w io.Writer, f *zip.File) (err error) {
	r, err := f.Open()
	if err != nil {
		return fmt.Errorf("%s: %w", f.Name, err)
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	if _, err := io.Copy(w, r); err != nil {
		return fmt.Errorf("%s: %w", f.Name, err)
	}
	return nil
}

// readArchiveFile opens the archive at path, hands it to use and closes it.
func readArchiveFile(path string, use func(*archive) error) (err error) {
	f, size, err := durable.OpenRegular(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	// The section answers a nonsensical offset in a damaged directory with its end; the file would answer with a
	// *fs.PathError, which LatestCheckpoint takes for a failing disk.
	a, err := openArchive(io.NewSectionReader(f, 0, size), size)
	if err == nil {
		err = use(a)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// A nameSet admits names that every file system can hold, each once, no two differing in case only.
type nameSet map[string]string

func newNameSet() nameSet { return nameSet{} }

func (s nameSet) add(name string) error {
	if err := checkEntryName(name); err != nil {
		return err
	}
	folded := strings.ToLower(name)
	if other, ok := s[folded]; ok {
		return fmt.Errorf("entries %q and %q are the same file where case does not count", other, name)
	}
	s[folded] = name
	return nil
}

// checkEntryName refuses what leads out of a folder (absolute, "..", drives, backslashes) and what some file system
// cannot hold. A path's elements are divided by '/'.
func checkEntryName(name string) error {
	if name == "" || len(name) > maxEntryName || !utf8.ValidString(name) {
		return fmt.Errorf("entry name %.40q is empty, longer than %d bytes or not UTF-8", name, maxEntryName)
	}
	for part := range strings.SplitSeq(name, "/") {
		if part != SafeName(part) {
			return fmt.Errorf("entry name %q is not a plain relative path", name)
		}
	}
	return nil
}
