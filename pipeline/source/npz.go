package source

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v15/arrow"

	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/pipeline/column"
)

var _ = Register("npz", func() Source { return new(npz) })

// npz reads arrays by name from NumPy's .npz files. The first axis of an array counts the rows.
type npz struct{ paths }

func (s *npz) Schema(b *schema.Block) {
	b.Doc("Reads arrays by name from NumPy's .npz files; the first axis counts the rows.", "numpy.savez",
		"Numbers of any width and order and text are read; float64 becomes float32. Arrays of Python objects are refused.")
	s.bind(b, "npz file")
}

// Field knows nothing before the file has been opened.
func (s *npz) Field(name string, asked column.Kind) (column.Field, error) {
	return column.Field{Name: name}, nil
}

func (s *npz) Read(ctx context.Context, r Request) iter.Seq2[arrow.Record, error] {
	return s.fileByFile(ctx, r, readNPZ)
}

// At returns a source that reads another file.
func (s *npz) At(path string) Source { return &npz{paths{path: path}} }

// Columns returns the names of a file's arrays.
func (s *npz) Columns(dir string) ([]string, error) {
	path, err := s.first(dir)
	if err != nil {
		return nil, err
	}
	f, size, err := open(path, nil)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	_, names, err := entries(f, size, path)
	return names, err
}

// entries lists the arrays of a file by name. A name that is there twice counts once, as NumPy reads it.
func entries(f *os.File, size int64, path string) (map[string]*zip.File, []string, error) {
	z, err := zip.NewReader(f, size)
	if err != nil {
		return nil, nil, &Error{File: path, Err: errors.New("it is not in NumPy's .npz format, or it was cut short")}
	}
	byName, names := map[string]*zip.File{}, []string(nil)
	for _, e := range z.File {
		name := strings.TrimSuffix(e.Name, ".npy")
		if byName[name] == nil {
			byName[name] = e
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return byName, names, nil
}

// npyArray is one array of a file, open at its first element.
type npyArray struct {
	name string
	*npyHeader
	r    io.ReadCloser
	rows int
	row  []int // the shape of a row
	all  *column.Values
	next int
}

// readNPZ yields the rows of one file.
func readNPZ(ctx context.Context, path string, r Request) iter.Seq2[arrow.Record, error] {
	return func(yield func(arrow.Record, error) bool) {
		f, size, err := open(path, r.Files)
		if err != nil {
			yield(nil, err)
			return
		}
		defer f.Close()
		arrays, err := openArrays(f, size, path, r)
		defer func() {
			for _, a := range arrays {
				a.r.Close() // only read from: what matters was checked while reading
			}
		}()
		if err != nil {
			yield(nil, err)
			return
		}
		rows, bytes := arrays[0].rows, int64(0)
		for _, a := range arrays {
			bytes += int64(a.size) * int64(column.Size(a.row))
		}
		step := chunkRows(bytes)
		var fields []column.Field
		for _, a := range arrays {
			fields = append(fields, column.Tensor(a.name, a.column(), a.row...))
		}
		for at := 0; at < rows; at += step {
			if err := ctx.Err(); err != nil {
				yield(nil, err)
				return
			}
			n := min(step, rows-at)
			cols := make([]*column.Values, len(arrays))
			var wrong mistakes
			for i, a := range arrays {
				if cols[i], err = a.read(n); err != nil {
					yield(nil, a.place(path, at, err))
					return
				}
				a.takeWrong(&wrong, at, n, path)
			}
			rec := column.NewRecord(fields, cols, n, column.Origin{File: path, Row: int64(at) + 1})
			if !yield(wrong.tell(&r, rec, at, func(_ int, err error) error { return err }), nil) {
				return
			}
		}
		for _, a := range arrays {
			// The end of an entry is where the archive's checksum is compared.
			if err := atEnd(a.r); err != nil {
				yield(nil, a.place(path, -1, err))
				return
			}
		}
	}
}

// takeWrong moves the mistakes of some rows to those of a record.
func (a *npyArray) takeWrong(to *mistakes, first, rows int, path string) {
	if a.wrong == nil {
		return
	}
	for row, err := range a.wrong.byRow {
		if row >= first && row < first+rows {
			to.add(row, &Error{File: path, Row: int64(row) + 1, Column: a.name, Err: err})
			delete(a.wrong.byRow, row)
		}
	}
}

// place says where in the file an error is; at is the row that a chunk began with, or -1.
func (a *npyArray) place(path string, at int, err error) error {
	e := &Error{File: path, Column: a.name, Err: err}
	var row *column.RowError
	if errors.As(err, &row) {
		e.Row, e.Err = int64(at+row.Row)+1, row.Err
	}
	return e
}

// openArrays opens the arrays asked for and checks that they are of one length.
func openArrays(f *os.File, size int64, path string, r Request) ([]*npyArray, error) {
	byName, names, err := entries(f, size, path)
	if err != nil {
		return nil, err
	}
	var arrays []*npyArray
	for _, w := range r.Columns {
		e := byName[w.Name]
		if e == nil {
			return arrays, &MissingColumn{File: path, Column: w.Name, Have: names}
		}
		a, err := openArray(e, w.Name, r)
		if a != nil {
			arrays = append(arrays, a)
		}
		if err != nil {
			return arrays, &Error{File: path, Column: w.Name, Err: err}
		}
		if a.rows != arrays[0].rows {
			return arrays, &Error{File: path, Column: a.name, Err: fmt.Errorf("it has %d rows, array %q has %d", a.rows, arrays[0].name, arrays[0].rows)}
		}
	}
	if len(arrays) == 0 {
		return nil, errors.New("no column was asked for")
	}
	return arrays, nil
}

// openArray reads an array's header and checks it against what the archive says of the entry, before
// anything of that size is allocated.
func openArray(e *zip.File, name string, request Request) (*npyArray, error) {
	limit := request.Limit
	r, err := e.Open()
	if err != nil {
		return nil, damaged(err)
	}
	a := &npyArray{name: name, r: r}
	if a.npyHeader, err = readNPYHeader(r); err != nil {
		return a, err
	}
	if request.skips() {
		a.wrong = new(mistakes)
	}
	if len(a.shape) == 0 {
		return a, errors.New("it is a single number, and has no axis to count rows along")
	}
	a.rows, a.row = a.shape[0], a.shape[1:]
	n := column.Size(a.row)
	if a.rows == 0 {
		return a, errNoRows
	}
	if n == 0 {
		return a, fmt.Errorf("its rows hold nothing: the shape is %s", column.ShapeString(a.shape))
	}
	rowBytes := int64(n) * int64(a.size)
	if n > maxRow || rowBytes > limit {
		return a, fmt.Errorf("a row of shape %s is more than can be read", column.ShapeString(a.row))
	}
	if want := a.length + rowBytes*int64(a.rows); e.UncompressedSize64 != uint64(want) {
		return a, fmt.Errorf("the file holds %d bytes for it, its shape %s needs %d: the file is damaged or was cut short",
			e.UncompressedSize64, column.ShapeString(a.shape), want)
	}
	if need := int64(a.rows) * int64(n) * int64(a.column().Bytes()); need > limit {
		return a, errFull(need, limit)
	}
	if a.fortran && len(a.shape) > 1 {
		return a, a.transpose(limit)
	}
	return a, nil
}

// maxRow bounds the elements of a row: Arrow counts them in 32 bits.
const maxRow = 1 << 30

// read decodes the next n rows.
func (a *npyArray) read(n int) (*column.Values, error) {
	if a.all != nil {
		v := a.all.Slice(a.next, a.next+n)
		a.next += n
		return v, nil
	}
	v := column.Make(a.column(), a.row, n)
	a.before, a.next = a.next, a.next+n
	raw := make([]byte, v.Len()*a.size)
	if _, err := io.ReadFull(a.r, raw); err != nil {
		return nil, damaged(err)
	}
	return v, a.decode(v, raw)
}

func damaged(err error) error {
	if errors.Is(err, zip.ErrAlgorithm) {
		return errors.New("it is compressed in a way that dlrun does not read; numpy.savez and savez_compressed write others")
	}
	if errors.Is(err, errCut) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return errors.New("the file is cut short")
	}
	return fmt.Errorf("the file is damaged: %w", err)
}

// transpose reads an array stored in Fortran's order (the first axis varies fastest), which has no
// rows to be read one after the other, as a whole.
func (a *npyArray) transpose(limit int64) error {
	n := column.Size(a.row)
	total := int64(a.rows) * int64(n)
	if need := total * int64(a.size+a.column().Bytes()); need > limit {
		return errFull(need, limit)
	}
	raw := make([]byte, total*int64(a.size))
	if _, err := io.ReadFull(a.r, raw); err != nil {
		return damaged(err)
	}
	sorted := make([]byte, len(raw))
	// Element (i0, i1, ...) stands at i0 + rows*(i1 + d1*(i2 + ...)); walking the row-major order, the
	// last index moves fastest, so keep a running offset for each axis.
	strides := make([]int, len(a.shape))
	for i, s := 0, 1; i < len(a.shape); i++ {
		strides[i], s = s, s*a.shape[i]
	}
	index, from := make([]int, len(a.shape)), 0
	for to := 0; to < len(sorted); to += a.size {
		copy(sorted[to:to+a.size], raw[from*a.size:])
		for ax := len(index) - 1; ax >= 0; ax-- {
			index[ax]++
			from += strides[ax]
			if index[ax] < a.shape[ax] {
				break
			}
			from -= index[ax] * strides[ax]
			index[ax] = 0
		}
	}
	v := column.Make(a.column(), a.row, a.rows)
	if err := a.decode(v, sorted); err != nil {
		return err
	}
	a.all = v
	return nil
}
