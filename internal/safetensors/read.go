package safetensors

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"

	"github.com/dlrun/dlrun/internal/durable"
)

// Info is what a file's header says of one tensor.
type Info struct {
	Name  string
	DType DType
	Shape []int
	begin int64 // from the start of the file
	size  int64
}

// A Reader gives the tensors of an open file one at a time. It may be used from several goroutines.
type Reader struct {
	src      io.ReaderAt
	infos    []Info // in order of name
	byName   map[string]int
	metadata map[string]string
}

// NewReader reads and checks the header of a file of size bytes: its length, that names differ, that dtypes are known,
// that every tensor's place has the size its shape asks for and that together they fill the data without overlap.
func NewReader(src io.ReaderAt, size int64) (*Reader, error) {
	r, err := newReader(src, size)
	if err != nil {
		return nil, fmt.Errorf("read safetensors: %w", err)
	}
	return r, nil
}

func newReader(src io.ReaderAt, size int64) (*Reader, error) {
	if size < 8 {
		return nil, fmt.Errorf("%d bytes are too few for this format", size)
	}
	var length [8]byte
	if err := readAt(src, length[:], 0); err != nil {
		return nil, err
	}
	n := binary.LittleEndian.Uint64(length[:])
	switch {
	case n > maxHeader:
		return nil, fmt.Errorf("the header's length is given as %d bytes, at most %d are read; is this a safetensors file?", n, maxHeader)
	case n > uint64(size-8):
		return nil, fmt.Errorf("the header's length is given as %d bytes, but the file has only %d; it is cut short or no safetensors file", n, size)
	}
	header := make([]byte, n)
	if err := readAt(src, header, 8); err != nil {
		return nil, err
	}
	r := &Reader{src: src, byName: map[string]int{}}
	if err := r.parse(header); err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	dataStart := 8 + int64(n)
	byPlace := slices.Clone(r.infos)
	slices.SortFunc(byPlace, func(a, b Info) int {
		return cmp.Or(cmp.Compare(a.begin, b.begin), cmp.Compare(a.size, b.size))
	})
	var at int64
	for _, t := range byPlace {
		if t.begin != at {
			return nil, fmt.Errorf("tensor %q begins at byte %d of the data, but byte %d is next: places must not overlap nor leave gaps", t.Name, t.begin, at)
		}
		if t.size > size-dataStart-at {
			return nil, fmt.Errorf("tensor %q ends at byte %d of the data, but the file has only %d; it is cut short", t.Name, at+t.size, size-dataStart)
		}
		at += t.size
	}
	if at != size-dataStart {
		return nil, fmt.Errorf("%d bytes of data belong to no tensor", size-dataStart-at)
	}
	slices.SortFunc(r.infos, func(a, b Info) int { return cmp.Compare(a.Name, b.Name) })
	for i := range r.infos {
		r.infos[i].begin += dataStart
		r.byName[r.infos[i].Name] = i
	}
	return r, nil
}

// parse reads the header token by token, because decoding into a map would let a second entry of one name replace the
// first in silence.
func (r *Reader) parse(header []byte) error {
	if !utf8.Valid(header) {
		return errors.New("not valid UTF-8")
	}
	if len(header) == 0 || header[0] != '{' {
		return errors.New("not a JSON object")
	}
	dec := json.NewDecoder(bytes.NewReader(header))
	dec.DisallowUnknownFields()
	if _, err := dec.Token(); err != nil {
		return err
	}
	seen := map[string]bool{}
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return err
		}
		name, ok := token.(string)
		if !ok {
			return fmt.Errorf("%v stands where a name should", token)
		}
		if len(name) > maxName {
			return fmt.Errorf("a name of %d bytes, at most %d are read", len(name), maxName)
		}
		if seen[name] {
			return fmt.Errorf("two tensors are named %q", name)
		}
		seen[name] = true
		if name == metadataKey {
			if err := dec.Decode(&r.metadata); err != nil {
				return fmt.Errorf("%s: %w", metadataKey, err)
			}
			continue
		}
		var e headerEntry
		if err := dec.Decode(&e); err != nil {
			return fmt.Errorf("tensor %q: %w", name, err)
		}
		size, err := byteSize(e.DType, e.Shape)
		if err != nil {
			return fmt.Errorf("tensor %q: %w", name, err)
		}
		if e.Shape == nil || len(e.Offsets) != 2 {
			return fmt.Errorf("tensor %q: shape and two data_offsets are needed", name)
		}
		begin, end := e.Offsets[0], e.Offsets[1]
		if begin < 0 || end < begin || end-begin != int64(size) {
			return fmt.Errorf("tensor %q: data_offsets are [%d, %d], but %s of shape %v takes %d bytes", name, begin, end, e.DType, e.Shape, size)
		}
		r.infos = append(r.infos, Info{Name: name, DType: e.DType, Shape: e.Shape, begin: begin, size: int64(size)})
	}
	if _, err := dec.Token(); err != nil {
		return err
	}
	if rest := bytes.TrimLeft(header[dec.InputOffset():], " \t\r\n"); len(rest) != 0 {
		return errors.New("something follows the JSON object")
	}
	return nil
}

func readAt(src io.ReaderAt, dst []byte, at int64) error {
	n, err := src.ReadAt(dst, at)
	if n == len(dst) {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// Infos returns what there is, in order of name. The slice is the reader's own.
func (r *Reader) Infos() []Info { return r.infos }

// Metadata returns the file's free texts, nil where it has none. dlrun writes none.
func (r *Reader) Metadata() map[string]string { return r.metadata }

// Lookup returns what the header says of the tensor name.
func (r *Reader) Lookup(name string) (Info, bool) {
	i, ok := r.byName[name]
	if !ok {
		return Info{}, false
	}
	return r.infos[i], true
}

// Tensor reads one tensor.
func (r *Reader) Tensor(name string) (Tensor, error) {
	info, ok := r.Lookup(name)
	if !ok {
		return Tensor{}, fmt.Errorf("read safetensors: there is no tensor %q", name)
	}
	data := make([]byte, info.size)
	if err := readAt(r.src, data, info.begin); err != nil {
		return Tensor{}, fmt.Errorf("read safetensors: tensor %q: %w", name, err)
	}
	return Tensor{info.Name, info.DType, info.Shape, data}, nil
}

// Data returns the bytes of one tensor as a stream, for those who need not hold it whole.
func (r *Reader) Data(name string) (*io.SectionReader, error) {
	info, ok := r.Lookup(name)
	if !ok {
		return nil, fmt.Errorf("read safetensors: there is no tensor %q", name)
	}
	return io.NewSectionReader(r.src, info.begin, info.size), nil
}

// All reads every tensor, in order of name.
func (r *Reader) All() ([]Tensor, error) {
	out := make([]Tensor, 0, len(r.infos))
	for _, info := range r.infos {
		t, err := r.Tensor(info.Name)
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, nil
}

// Parse returns the tensors of a whole file in memory, in order of name. Their data is part of file, not copied.
func Parse(file []byte) ([]Tensor, error) {
	r, err := NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return nil, err
	}
	out := make([]Tensor, 0, len(r.infos))
	for _, info := range r.infos {
		out = append(out, Tensor{info.Name, info.DType, info.Shape, file[info.begin : info.begin+info.size : info.begin+info.size]})
	}
	return out, nil
}

// ReadFile returns every tensor of the file at path, in order of name.
func ReadFile(path string) (_ []Tensor, err error) {
	f, size, err := durable.OpenRegular(path)
	if err != nil {
		return nil, fmt.Errorf("read safetensors: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	r, err := NewReader(f, size)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return r.All()
}
