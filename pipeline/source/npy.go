package source

import (
	"errors"
	"io"
	"strings"

	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/pipeline/column"
)

var _ = Register("npy", func() Source { return newNPY() })

// npy reads NumPy's .npy files, a column each.
type npy struct{ arrays }

func newNPY() *npy {
	return &npy{arrays{ending: func(name string) string { return strings.TrimSuffix(name, ".npy") }, open: openNPY}}
}

func (s *npy) Schema(b *schema.Block) {
	b.Doc("Reads NumPy's .npy files, each a column; the first axis counts the rows.", "numpy.save",
		"path is a folder, or a pattern: the file x.npy is the column x, and so is x_train.npy or test-x.npy. A single file feeds any name. Numbers of any width and order and text are read; float64 becomes float32.")
	s.bind(b, "npy files")
}

// At returns a source that reads another file.
func (s *npy) At(path string) Source {
	t := newNPY()
	t.path = path
	return t
}

func openNPY(r io.Reader, limit int64) (*arrayFile, error) {
	h, err := readNPYHeader(r)
	if err != nil {
		return nil, err
	}
	if len(h.shape) == 0 {
		return nil, errors.New("it is a single number, and has no axis to count rows along")
	}
	a := &npyArray{npyHeader: h, rows: h.shape[0], row: h.shape[1:], r: io.NopCloser(r)}
	f := &arrayFile{rows: a.rows, field: column.Tensor("", h.column(), a.row...), done: func() error { return atEnd(r) }, array: a}
	f.read = func(n int) (*column.Values, error) {
		if h.fortran && len(h.shape) > 1 && a.all == nil {
			if err := a.transpose(limit); err != nil {
				return nil, err
			}
		}
		return a.read(n)
	}
	return f, nil
}
