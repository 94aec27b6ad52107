package source

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"regexp"

	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/pipeline/column"
)

var _ = Register("idx", func() Source { return newIDX() })

// idx reads files in the format of the MNIST database, a column each.
type idx struct{ arrays }

var idxEnding = regexp.MustCompile(`[-._](idx[0-9]+[-._]u?[a-z0-9]+|idx)$`)

func newIDX() *idx {
	return &idx{arrays{ending: func(name string) string { return idxEnding.ReplaceAllString(name, "") }, open: openIDX}}
}

func (s *idx) Schema(b *schema.Block) {
	b.Doc("Reads files in the format of the MNIST database (idx), plain or compressed with gzip or Zstandard, each a column; the first axis counts the rows.", "",
		"path is a folder, or a pattern: the file train-images-idx3-ubyte is the column images, and so is t10k-images-idx3-ubyte.gz.")
	s.bind(b, "idx files")
}

// At returns a source that reads another file.
func (s *idx) At(path string) Source {
	t := newIDX()
	t.path = path
	return t
}

// openIDX reads a header: two zeros, the type of the elements, the number of axes, and the length of each
// in 32 bits; everything has the most significant byte first. Format: http://yann.lecun.com/exdb/mnist
func openIDX(r io.Reader, _ int64) (*arrayFile, error) {
	var magic [4]byte
	if _, err := io.ReadFull(r, magic[:]); err != nil || magic[0] != 0 || magic[1] != 0 {
		return nil, errors.New("it is not in the idx format of the MNIST database")
	}
	types := map[byte]*npyHeader{
		0x08: {kind: 'u', size: 1}, 0x09: {kind: 'i', size: 1}, 0x0b: {kind: 'i', size: 2},
		0x0c: {kind: 'i', size: 4}, 0x0d: {kind: 'f', size: 4}, 0x0e: {kind: 'f', size: 8},
	}
	h := types[magic[2]]
	if h == nil || magic[3] == 0 || magic[3] > maxNPYRank {
		return nil, fmt.Errorf("its header says type %#x and %d axes, which the idx format has not got: the file is damaged", magic[2], magic[3])
	}
	h.big = true
	count := int64(1)
	for range magic[3] {
		var d uint32
		if err := binary.Read(r, binary.BigEndian, &d); err != nil {
			return nil, damaged(err)
		}
		if d > 0 && count > maxNPYCount/int64(d) {
			return nil, errors.New("its header claims a shape of more elements than any file holds")
		}
		count *= int64(d)
		h.shape = append(h.shape, int(d))
	}
	a := &npyArray{npyHeader: h, rows: h.shape[0], row: h.shape[1:], r: io.NopCloser(r)}
	return &arrayFile{rows: a.rows, field: column.Tensor("", h.column(), a.row...), read: a.read, done: func() error { return atEnd(r) }, array: a}, nil
}
