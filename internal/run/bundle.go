package run

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/dlrun/dlrun/internal/durable"
	"github.com/dlrun/dlrun/internal/safetensors"
)

const (
	bundleFormat       = 1
	preprocessingEntry = "preprocessing.json"
	sourceFolder       = "source/"
)

// A Bundle is a trained model: what a prediction needs, and nothing executable.
type Bundle struct {
	Dlrun         string // version of the program that trained it
	Name          string // of the run
	Signature     Signature
	Source        map[string]string    // resolved model and dataset HCL by file name ("model.hcl"), stored under source/
	Preprocessing json.RawMessage      // what transforms have learned; nil where there is nothing
	Weights       []safetensors.Tensor // every weight, trainable or not, by Keras' names
}

// A Signature says what a model takes and gives.
type Signature struct {
	Inputs  []ModelInput  `json:"inputs"`
	Outputs []ModelOutput `json:"outputs"`
}

// A ModelInput is a named tensor that the model takes.
type ModelInput struct {
	Name  string `json:"name"`
	Shape Shape  `json:"shape"`
	DType string `json:"dtype"` // Keras' name: float32, int32
}

// A ModelOutput is a named tensor that the model gives.
type ModelOutput struct {
	Name       string   `json:"name"`
	Shape      Shape    `json:"shape"`
	DType      string   `json:"dtype"`
	Activation string   `json:"activation,omitempty"`  // Keras' name of the last activation: softmax, sigmoid, linear
	FromLogits bool     `json:"from_logits,omitempty"` // the loss took the values as logits
	Classes    []string `json:"classes,omitempty"`     // class names by index, where the target was text
}

// AnyLength is an axis of a Shape that may have any length.
const AnyLength = -1

// A Shape is a tensor's shape without the batch axis. As JSON an axis of any length is null.
type Shape []int

// MarshalJSON returns the list of axes.
func (s Shape) MarshalJSON() ([]byte, error) {
	out := make([]*int, len(s))
	for i := range s {
		switch {
		case s[i] == AnyLength:
		case s[i] < 0:
			return nil, fmt.Errorf("shape %v has a negative axis", []int(s))
		default:
			out[i] = &s[i]
		}
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads the list of axes.
func (s *Shape) UnmarshalJSON(text []byte) error {
	var axes []*int
	if err := json.Unmarshal(text, &axes); err != nil {
		return err
	}
	*s = make(Shape, len(axes))
	for i, n := range axes {
		switch {
		case n == nil:
			(*s)[i] = AnyLength
		case *n < 0 || *n > math.MaxInt32:
			return fmt.Errorf("a shape has an axis of length %d", *n)
		default:
			(*s)[i] = *n
		}
	}
	return nil
}

// bundleIndex is the index of a bundle's archive.
type bundleIndex struct {
	Format    int          `json:"format"`
	Dlrun     string       `json:"dlrun_version"`
	Name      string       `json:"name"`
	Signature Signature    `json:"signature"`
	Entries   []indexEntry `json:"entries"`
}

// check refuses a bundle that contradicts itself.
func (b *Bundle) check() error {
	seen := map[string]bool{}
	for _, in := range b.Signature.Inputs {
		if seen[in.Name] {
			return fmt.Errorf("signature: two inputs are named %q", in.Name)
		}
		seen[in.Name] = true
	}
	clear(seen)
	for _, out := range b.Signature.Outputs {
		if seen[out.Name] {
			return fmt.Errorf("signature: two outputs are named %q", out.Name)
		}
		seen[out.Name] = true
	}
	for name, text := range b.Source {
		if !utf8.ValidString(text) {
			return fmt.Errorf("%s%s is not UTF-8 text", sourceFolder, name)
		}
	}
	if b.Preprocessing != nil && !json.Valid(b.Preprocessing) {
		return fmt.Errorf("%s is not JSON", preprocessingEntry)
	}
	return nil
}

// WriteBundle replaces the file at path by b, after reading it back to see that it is whole. The same bundle always
// gives the same bytes. The names in b.Source must be plain relative paths, divided by '/'.
func WriteBundle(path string, b *Bundle) error {
	return durable.WriteChecked(path, b.write, verifyArchive)
}

func (b *Bundle) write(w io.Writer) error {
	if err := b.check(); err != nil {
		return err
	}
	entries := []archiveEntry{tensorsEntry(weightsEntry, b.Weights)}
	if b.Preprocessing != nil {
		entries = append(entries, bytesEntry(preprocessingEntry, b.Preprocessing))
	}
	for _, name := range slices.Sorted(maps.Keys(b.Source)) {
		entries = append(entries, bytesEntry(sourceFolder+name, []byte(b.Source[name])))
	}
	return writeArchive(w, entries, func(list []indexEntry) any {
		return bundleIndex{bundleFormat, b.Dlrun, b.Name, b.Signature, list}
	})
}

// ReadBundle reads the file at path, checks it against its limits and hashes, and returns what is in it. A file that
// is no bundle, or a damaged or malicious one, is an error.
func ReadBundle(path string) (*Bundle, error) {
	b := new(Bundle)
	if err := readArchiveFile(path, b.read); err != nil {
		return nil, fmt.Errorf("read bundle: %w", err)
	}
	return b, nil
}

// ParseBundle is ReadBundle for a bundle in memory.
func ParseBundle(content []byte) (*Bundle, error) {
	a, err := openArchive(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return nil, fmt.Errorf("read bundle: %w", err)
	}
	b := new(Bundle)
	if err := b.read(a); err != nil {
		return nil, fmt.Errorf("read bundle: %w", err)
	}
	return b, nil
}

func (b *Bundle) read(a *archive) error {
	var index bundleIndex
	if err := json.Unmarshal(a.index, &index); err != nil {
		return fmt.Errorf("%s: %w", indexName, err)
	}
	if index.Format != bundleFormat {
		return fmt.Errorf("the bundle has format %d; this version reads format %d", index.Format, bundleFormat)
	}
	b.Dlrun, b.Name, b.Signature = index.Dlrun, index.Name, index.Signature
	b.Source = map[string]string{}
	for _, e := range index.Entries {
		switch name, isSource := strings.CutPrefix(e.Name, sourceFolder); {
		case isSource:
			text, err := a.read(e.Name)
			if err != nil {
				return err
			}
			b.Source[name] = string(text)
		case e.Name == preprocessingEntry:
			text, err := a.read(e.Name)
			if err != nil {
				return err
			}
			b.Preprocessing = text
		case e.Name == weightsEntry:
			weights, err := a.tensors(e.Name)
			if err != nil {
				return err
			}
			b.Weights = weights
		default:
			return fmt.Errorf("%q is no part of a bundle", e.Name)
		}
	}
	if _, ok := a.listed[weightsEntry]; !ok {
		return errors.New("no " + weightsEntry)
	}
	return b.check()
}
