package source

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/ipc"

	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/pipeline/column"
)

var _ = Register("arrow", func() Source { return new(arrowSource) }, "feather")

// arrowSource reads columns by name from Arrow's IPC files and streams.
type arrowSource struct{ paths }

func (s *arrowSource) Schema(b *schema.Block) {
	b.Doc("Reads columns by name from Arrow's IPC files and streams (Feather version 2), plain or compressed with LZ4 or Zstandard.", "pyarrow.ipc",
		"float64 becomes float32; dates and times become text; dictionaries become what they stand for; lists of one length become tensors. A missing value (null) is an error, unless a transform \"imputation\" at the beginning fills it in.")
	s.bind(b, "Arrow file")
}

// Field knows nothing before the file has been opened.
func (s *arrowSource) Field(name string, asked column.Kind) (column.Field, error) {
	return column.Field{Name: name}, nil
}

func (s *arrowSource) Read(ctx context.Context, r Request) iter.Seq2[arrow.Record, error] {
	return s.fileByFile(ctx, r, readArrow)
}

// At returns a source that reads another file.
func (s *arrowSource) At(path string) Source { return &arrowSource{paths{path: path}} }

// Columns returns the names of a file's columns.
func (s *arrowSource) Columns(dir string) (names []string, err error) {
	path, err := s.first(dir)
	if err != nil {
		return nil, err
	}
	f, size, err := open(path, nil)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	err = Guarded(func() error {
		in, err := openArrow(f, size, &Allocator{Limit: 1 << 30})
		if err == nil {
			names = fieldNames(in.Schema())
		}
		return err
	})
	if err != nil {
		return nil, &Error{File: path, Err: err}
	}
	return names, nil
}

func fieldNames(s *arrow.Schema) []string {
	names := make([]string, s.NumFields())
	for i, f := range s.Fields() {
		names[i] = f.Name
	}
	return names
}

// openArrow opens both forms of IPC: a file is a stream between two magic words, with an index behind it
// that reading from the beginning to the end has no use for.
func openArrow(f *os.File, size int64, memory *Allocator) (*ipc.Reader, error) {
	m := &arrowMessages{r: bufio.NewReaderSize(f, 256<<10), left: size, mem: memory}
	begin, err := m.r.(*bufio.Reader).Peek(8)
	if err != nil {
		return nil, errors.New("it is not in Arrow's IPC format: it is too short")
	}
	if bytes.HasPrefix(begin, ipc.Magic) {
		end := make([]byte, len(ipc.Magic))
		if _, err := f.ReadAt(end, size-int64(len(end))); err != nil || !bytes.Equal(end, ipc.Magic) {
			return nil, errors.New("it does not end as an Arrow file: it was cut short")
		}
		if _, err := m.bytes(8); err != nil {
			return nil, err
		}
	}
	r, err := ipc.NewReaderFromMessageReader(m, ipc.WithAllocator(memory))
	if err != nil {
		return nil, fmt.Errorf("it is not in Arrow's IPC format, or it is damaged: %w", err)
	}
	return r, nil
}

// readArrow yields the rows of one file.
func readArrow(ctx context.Context, path string, r Request) iter.Seq2[arrow.Record, error] {
	return func(yield func(arrow.Record, error) bool) {
		f, size, err := open(path, r.Files)
		if err != nil {
			yield(nil, err)
			return
		}
		defer f.Close()
		memory := &Allocator{Limit: r.Limit}
		var in *ipc.Reader
		if err := Guarded(func() (err error) { in, err = openArrow(f, size, memory); return err }); err != nil {
			yield(nil, &Error{File: path, Err: err})
			return
		}
		at, err := columnsOf(path, fieldNames(in.Schema()), r.Columns)
		if err != nil {
			yield(nil, err)
			return
		}
		row, lengths := int64(0), make([]int, len(r.Columns))
		for {
			if err := ctx.Err(); err != nil {
				yield(nil, err)
				return
			}
			memory.Reset()
			var t *Table
			err := Guarded(func() error {
				rec, err := in.Read()
				if err != nil {
					return err
				}
				t, err = adoptRecord(path, rec, at, lengths, r, row)
				return err
			})
			if err == io.EOF {
				break
			}
			if err != nil {
				yield(nil, inFile(path, err))
				return
			}
			row += int64(t.Rows)
			if !t.yield(&r, yield) {
				return
			}
		}
		if row == 0 {
			yield(nil, &Error{File: path, Err: errNoRows})
		}
	}
}

// inFile says which file an error is in, where it does not by itself.
func inFile(path string, err error) error {
	var in *Error
	if errors.As(err, &in) {
		return err
	}
	return &Error{File: path, Err: err}
}

// columnsOf finds the columns wanted among those that a file has.
func columnsOf(path string, have []string, wants []Want) ([]int, error) {
	at := make([]int, len(wants))
	for i, w := range wants {
		at[i] = -1
		for j, name := range have {
			if name == w.Name && at[i] >= 0 {
				return nil, &Error{File: path, Column: name, Err: errors.New("two columns have this name")}
			}
			if name == w.Name {
				at[i] = j
			}
		}
		if at[i] < 0 {
			return nil, &MissingColumn{File: path, Column: w.Name, Have: have}
		}
	}
	return at, nil
}

// adoptRecord makes a table of some columns of a record. lengths are those of their lists, once they are known.
func adoptRecord(path string, rec arrow.Record, at, lengths []int, r Request, before int64) (*Table, error) {
	t := &Table{File: path, First: before + 1, Rows: int(rec.NumRows())}
	for i, j := range at {
		a := rec.Column(j)
		if a.Len() != t.Rows {
			return nil, &Error{File: path, Column: r.Columns[i].Name, Err: fmt.Errorf("it has %d values in a batch of %d rows: the file is damaged", a.Len(), t.Rows)}
		}
		if err := t.add(r.Columns[i], a, lengths[i], &r); err != nil {
			return nil, err
		}
		if s := t.fields[i].Shape; len(s) > 0 {
			lengths[i] = s[0]
		}
	}
	return t, nil
}

// Table is rows of a file of typed columns, on their way to be cut into records.
type Table struct {
	File   string
	First  int64 // the number of its first row
	Rows   int
	fields []column.Field
	arrays []arrow.Array
	wrong  mistakes // *Error of each row, without the number of the row
}

// add takes a column in, as column.Adopt does; length is that of lists, 0 where it is not known.
func (t *Table) add(w Want, a arrow.Array, length int, r *Request) error {
	var found mistakes
	how := r.adopting(w.Kind, &found)
	how.Length = length
	f, own, err := column.Adopt(w.Name, a, how)
	t.noteIn(w.Name, &found)
	if err != nil {
		e := &Error{File: t.File, Column: w.Name, Err: err}
		var row *column.RowError
		if errors.As(err, &row) {
			e.Row, e.Err = t.First+int64(row.Row), row.Err
		}
		return e
	}
	t.fields, t.arrays = append(t.fields, f), append(t.arrays, own)
	return nil
}

// noteIn takes in the mistakes of a column.
func (t *Table) noteIn(name string, found *mistakes) {
	for row, err := range found.byRow {
		t.wrong.add(row, &Error{File: t.File, Row: t.First + int64(row), Column: name, Err: err})
	}
}

// yield cuts the rows into records; false where the consumer wants no more.
func (t *Table) yield(r *Request, yield func(arrow.Record, error) bool) bool {
	bytes := int64(0)
	for _, f := range t.fields {
		bytes += int64(f.RowBytes())
	}
	step := chunkRows(bytes)
	for from := 0; from < t.Rows; from += step {
		n := min(step, t.Rows-from)
		parts := make([]arrow.Array, len(t.arrays))
		for i, a := range t.arrays {
			parts[i] = array.NewSlice(a, int64(from), int64(from+n))
		}
		rec := column.RecordOf(t.fields, parts, n, column.Origin{File: t.File, Row: t.First + int64(from)})
		if !yield(t.wrong.tell(r, rec, from, func(_ int, err error) error { return err }), nil) {
			return false
		}
	}
	return true
}
