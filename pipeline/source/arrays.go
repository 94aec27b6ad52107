package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v15/arrow"

	"github.com/dlrun/dlrun/pipeline/column"
)

// arrays are files of which each holds one column, its rows counted by the first axis: .npy and idx. A
// column's name is that of its file, without what tells the part or the format.
type arrays struct {
	paths
	ending func(name string) string                           // a file's name without its ending
	open   func(r io.Reader, limit int64) (*arrayFile, error) // reads the header
}

// arrayFile is one file, open at its first element.
type arrayFile struct {
	rows  int
	field column.Field
	read  func(rows int) (*column.Values, error)
	done  func() error // checks that nothing follows
	array *npyArray    // that is read
}

// Field knows nothing before the files have been opened.
func (s *arrays) Field(name string, asked column.Kind) (column.Field, error) {
	return column.Field{Name: name}, nil
}

// partWords are what file names call the parts: they are left out of the column's name.
var partWords = []string{"train", "training", "test", "testing", "t10k", "validation", "valid", "val"}

// columnName is the name of the column that a file holds: x of x_train.npy, images of
// train-images-idx3-ubyte.gz.
func (s *arrays) columnName(path string) string {
	name := s.ending(Unpacked(filepath.Base(path)))
	for _, w := range partWords {
		for _, sep := range []string{"_", "-", "."} {
			if rest, ok := strings.CutPrefix(name, w+sep); ok {
				return rest
			}
			if rest, ok := strings.CutSuffix(name, sep+w); ok {
				return rest
			}
		}
	}
	return name
}

// files lists a part's files by the columns that they hold; a folder stands for all in it.
func (s *arrays) files(dir, part string) (byName map[string]string, names []string, err error) {
	found, err := s.find(dir, part)
	if err != nil {
		return nil, nil, err
	}
	if len(found) == 1 {
		if st, err := os.Stat(found[0]); err == nil && st.IsDir() {
			folder := found[0]
			entries, err := os.ReadDir(folder)
			if err != nil {
				return nil, nil, err
			}
			found = nil
			for _, e := range entries {
				if name := Unpacked(e.Name()); !e.IsDir() && s.ending(name) != name {
					found = append(found, filepath.Join(folder, e.Name()))
				}
			}
			if len(found) == 0 {
				return nil, nil, fmt.Errorf("no file of this kind is in %s", folder)
			}
		}
	}
	byName = map[string]string{}
	for _, path := range found {
		name := s.columnName(path)
		if other, ok := byName[name]; ok {
			return nil, nil, fmt.Errorf("%s and %s both hold column %q: give the parts apart, or name the files otherwise", other, path, name)
		}
		byName[name] = path
		names = append(names, name)
	}
	slices.Sort(names)
	return byName, names, nil
}

// Hash notes the files of the columns of a part that are wanted; all, where none are named.
func (s *arrays) Hash(ctx context.Context, r Request) error {
	byName, names, err := s.files(r.Dir, r.Part)
	if err != nil {
		return err
	}
	var files []string
	for _, w := range r.Columns {
		path := byName[w.Name]
		if path == "" && len(names) == 1 {
			path = byName[names[0]]
		}
		if path != "" && !slices.Contains(files, path) {
			files = append(files, path)
		}
	}
	return hashAll(ctx, files, r)
}

// Columns returns the names of the columns.
func (s *arrays) Columns(dir string) ([]string, error) {
	_, names, err := s.files(dir, Train)
	return names, err
}

func (s *arrays) Read(ctx context.Context, r Request) iter.Seq2[arrow.Record, error] {
	return func(yield func(arrow.Record, error) bool) {
		byName, names, err := s.files(r.Dir, r.Part)
		if err != nil {
			yield(nil, err)
			return
		}
		var (
			in     = make([]*arrayFile, len(r.Columns))
			paths  = make([]string, len(r.Columns))
			fields = make([]column.Field, len(r.Columns))
			bytes  int64
		)
		for i, w := range r.Columns {
			path := byName[w.Name]
			if path == "" && len(names) == 1 {
				path = byName[names[0]] // the one column there is feeds any name
			}
			if path == "" {
				yield(nil, &MissingColumn{File: filepath.Dir(byName[names[0]]), Column: w.Name, Have: names})
				return
			}
			f, _, err := open(path, r.Files)
			if err == nil {
				defer f.Close()
				var text io.Reader
				if text, err = unpack(path, f); err == nil {
					in[i], err = s.open(text, r.Limit)
				}
			}
			if err != nil {
				yield(nil, inFile(path, err))
				return
			}
			a := in[i]
			if a.array.name = w.Name; r.skips() {
				a.array.wrong = new(mistakes)
			}
			a.field.Name = w.Name
			paths[i], fields[i] = path, a.field
			bytes += int64(a.field.RowBytes())
			switch need := int64(a.rows) * int64(a.field.RowBytes()); {
			case a.rows == 0:
				err = errNoRows
			case need > r.Limit || a.field.Size() > maxRow:
				err = errFull(need, r.Limit)
			case a.rows != in[0].rows:
				err = fmt.Errorf("it has %d rows, %s has %d", a.rows, paths[0], in[0].rows)
			case a.field.Size() == 0:
				err = fmt.Errorf("its rows hold nothing: a row's shape is %s", column.ShapeString(a.field.Shape))
			}
			if err != nil {
				yield(nil, &Error{File: path, Err: err})
				return
			}
		}
		rows, step := in[0].rows, chunkRows(bytes)
		for at := 0; at < rows; at += step {
			if err := ctx.Err(); err != nil {
				yield(nil, err)
				return
			}
			n := min(step, rows-at)
			cols := make([]*column.Values, len(in))
			var wrong mistakes
			for i, a := range in {
				v, err := a.read(n)
				if err != nil {
					yield(nil, blameRow(paths[i], int64(at), err))
					return
				}
				cols[i] = v
				a.array.takeWrong(&wrong, at, n, paths[i])
			}
			rec := column.NewRecord(fields, cols, n, column.Origin{File: paths[0], Row: int64(at) + 1})
			if !yield(wrong.tell(&r, rec, at, func(_ int, err error) error { return err }), nil) {
				return
			}
		}
		for i, a := range in {
			if err := a.done(); err != nil {
				yield(nil, &Error{File: paths[i], Err: err})
				return
			}
		}
	}
}

// blameRow says which row of a file an error is about; before counts those in front of the rows at hand.
func blameRow(path string, before int64, err error) error {
	e := &Error{File: path, Err: err}
	if row, ok := err.(*column.RowError); ok {
		e.Row, e.Err = before+int64(row.Row)+1, row.Err
	}
	return e
}

// atEnd checks that a file ends where its header says.
func atEnd(r io.Reader) error {
	switch n, err := io.Copy(io.Discard, io.LimitReader(r, 1)); {
	case err != nil:
		return damaged(err)
	case n > 0:
		return errors.New("there is more data than the header says")
	}
	return nil
}
