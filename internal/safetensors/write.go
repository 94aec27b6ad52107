package safetensors

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"

	"github.com/dlrun/dlrun/internal/durable"
)

// metadataKey is the one name in a header that is no tensor.
const metadataKey = "__metadata__"

// headerEntry is what the header says of one tensor. The offsets count from the start of the data.
type headerEntry struct {
	DType   DType   `json:"dtype"`
	Shape   []int   `json:"shape"`
	Offsets []int64 `json:"data_offsets"`
}

// Write writes tensors to w. The bytes depend on the tensors alone, not on their order in the slice: the header is in
// order of name and carries no metadata; the data has the widest elements first, then goes by name, as the format's
// own library lays it out, so that every tensor is aligned. Names must differ and be valid UTF-8.
func Write(w io.Writer, tensors []Tensor) error {
	byName := slices.Clone(tensors)
	slices.SortFunc(byName, func(a, b Tensor) int { return cmp.Compare(a.Name, b.Name) })
	for i, t := range byName {
		if t.Name == metadataKey || len(t.Name) > maxName || !utf8.ValidString(t.Name) {
			return fmt.Errorf("write safetensors: a tensor cannot be named %q", t.Name)
		}
		if i > 0 && byName[i-1].Name == t.Name {
			return fmt.Errorf("write safetensors: two tensors are named %q", t.Name)
		}
		if err := t.check(); err != nil {
			return fmt.Errorf("write safetensors: %w", err)
		}
	}
	layout := slices.Clone(byName)
	slices.SortStableFunc(layout, func(a, b Tensor) int { return cmp.Compare(b.DType.Size(), a.DType.Size()) })
	begin := make(map[string]int64, len(layout))
	var end int64
	for _, t := range layout {
		begin[t.Name] = end
		end += int64(len(t.Data))
	}

	header := []byte{'{'}
	for i, t := range byName {
		if i > 0 {
			header = append(header, ',')
		}
		shape := t.Shape
		if shape == nil {
			shape = []int{}
		}
		at := begin[t.Name]
		name, err := marshalPlain(t.Name)
		if err != nil {
			return fmt.Errorf("write safetensors: %w", err)
		}
		entry, err := marshalPlain(headerEntry{t.DType, shape, []int64{at, at + int64(len(t.Data))}})
		if err != nil {
			return fmt.Errorf("write safetensors: %w", err)
		}
		header = append(append(append(header, name...), ':'), entry...)
	}
	header = append(header, '}')
	for len(header)%8 != 0 { // spaces up to the data's alignment, as the format asks
		header = append(header, ' ')
	}
	if len(header) > maxHeader {
		return fmt.Errorf("write safetensors: %d tensors need a header of %d bytes, at most %d are read back", len(tensors), len(header), maxHeader)
	}
	if _, err := w.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(header)))); err != nil {
		return fmt.Errorf("write safetensors: %w", err)
	}
	if _, err := w.Write(header); err != nil {
		return fmt.Errorf("write safetensors: %w", err)
	}
	for _, t := range layout {
		if _, err := w.Write(t.Data); err != nil {
			return fmt.Errorf("write safetensors: tensor %q: %w", t.Name, err)
		}
	}
	return nil
}

// marshalPlain is json.Marshal without the escapes for HTML, which other readers need not see in a name.
func marshalPlain(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte{'\n'}), nil
}

// WriteFile writes tensors to the file at path, whole or not at all; see [Write] and [durable.WriteFile].
func WriteFile(path string, tensors []Tensor) error {
	return durable.WriteFile(path, func(w io.Writer) error { return Write(w, tensors) })
}
