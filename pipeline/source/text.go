package source

import (
	"bytes"
	"context"
	"errors"
	"io"
	"iter"
	"math"
	"unicode/utf8"

	"github.com/apache/arrow/go/v15/arrow"

	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/pipeline/column"
)

var _ = Register("text", func() Source { return new(textSource) })

// textSource reads texts: a line, or a whole file, a row. Keras: utils/text_dataset_utils.py.
type textSource struct {
	folders
	unit string
}

const textColumn = "text"

func (s *textSource) Schema(b *schema.Block) {
	b.Doc(`Reads texts as the column "text": lines, or whole files, of a folder for each class or without classes.`, "keras.utils.text_dataset_from_directory",
		`Where path is a folder, each folder in it is a class, which the column "label" holds. Otherwise the one column feeds any name. Files may be compressed with gzip or Zstandard.`)
	s.bind(b, "texts")
	b.Enum(&s.unit, "unit", `What makes a row: a "line", empty ones left out, or a whole "file". Without it, a file where folders are classes or windows are over the text's tokens, a line otherwise.`, []string{"line", "file"}, schema.Optional())
}

// Field is known: text, and the class of it.
func (s *textSource) Field(name string, asked column.Kind) (column.Field, error) {
	if name == labelColumn && s.labels == "inferred" {
		return s.label(name, s.classNames), nil
	}
	return column.Scalar(name, column.String), nil
}

// At returns a source of the same form that reads another file or folder.
func (s *textSource) At(path string) Source {
	t := *s
	t.folders = s.at(path)
	return &t
}

// Whole reads whole files.
func (s *textSource) Whole() Source {
	t := *s
	if t.unit == "" {
		t.unit = "file"
	}
	return &t
}

// Columns returns the names of the columns.
func (s *textSource) Columns(dir string) ([]string, error) {
	_, classes, err := s.list(dir, Train)
	return s.columns(textColumn, classes), err
}

func (s *textSource) Read(ctx context.Context, r Request) iter.Seq2[arrow.Record, error] {
	return func(yield func(arrow.Record, error) bool) {
		files, classes, err := s.list(r.Dir, r.Part)
		if err != nil {
			yield(nil, err)
			return
		}
		if classes != nil {
			if _, err := columnsOf("", s.columns(textColumn, classes), r.Columns); err != nil {
				yield(nil, err)
				return
			}
		}
		root := s.root(r.Dir, r.Part)
		notes, done := s.notes(root, r)
		r.Files = notes
		t := &texts{r: r, root: root, label: s.label("", classes), classes: classes != nil}
		whole := s.unit == "file" || s.unit == "" && classes != nil
		for _, f := range files {
			if err = ctx.Err(); err == nil {
				err = t.read(f, whole, yield)
			}
			if err == errStopped {
				return
			}
			if err != nil {
				yield(nil, err)
				return
			}
		}
		if t.total == 0 && len(t.offsets) == 0 {
			yield(nil, &Error{File: files[0].path, Err: errNoRows})
			return
		}
		if !t.flush(yield) {
			return
		}
		if err := done(); err != nil {
			yield(nil, err)
		}
	}
}

var errStopped = errors.New("the consumer stopped")

// texts are rows on their way into a record.
type texts struct {
	r       Request
	root    string // where whole files are counted
	label   column.Field
	classes bool
	from    column.Origin
	total   int64 // rows in records
	data    []byte
	offsets []int32 // where each text ends
	class   []int32
	wrong   mistakes // of the rows of the next record
}

// read reads one file.
func (t *texts) read(f rowFile, whole bool, yield func(arrow.Record, error) bool) error {
	in, _, err := open(f.path, t.r.Files)
	if err != nil {
		return err
	}
	defer in.Close()
	if whole {
		all, err := t.whole(f.path, in)
		return t.add(t.root, f, t.total+int64(len(t.offsets))+1, 0, all, err, yield)
	}
	text, err := unpack(f.path, in)
	if err != nil {
		return err
	}
	// A record's rows are of one file: its origin says which.
	if !t.flush(yield) {
		return errStopped
	}
	lines, row, line := &blocks{r: text, size: blockBytes}, int64(0), int64(0)
	for {
		k, ok := lines.next()
		if !ok {
			break
		}
		if k.err != nil {
			return &Error{File: f.path, Row: row + 1, Err: damaged(k.err)}
		}
		for text := range bytes.Lines(k.text) {
			line++
			if text = bytes.TrimRight(text, "\r\n"); len(text) == 0 {
				continue
			}
			row++
			if err := t.add(f.path, f, row, line, text, nil, yield); err != nil {
				return err
			}
		}
		lines.release(k)
	}
	if !t.flush(yield) {
		return errStopped
	}
	return nil
}

// whole reads a file that is a row.
func (t *texts) whole(path string, in io.Reader) ([]byte, error) {
	text, err := unpack(path, in)
	if err != nil {
		return nil, err
	}
	limit := min(t.r.Limit, math.MaxInt32)
	all, err := io.ReadAll(io.LimitReader(text, limit+1))
	if err != nil {
		return nil, &Error{File: path, Err: damaged(err)}
	}
	if int64(len(all)) > limit {
		return nil, &Error{File: path, Err: errFull(int64(len(all)), limit)}
	}
	return all, nil
}

// add appends a row, which is number row of a file or folder. wrong is what was found wrong with it, nil for nothing.
func (t *texts) add(origin string, f rowFile, row, line int64, text []byte, wrong error, yield func(arrow.Record, error) bool) error {
	if wrong == nil && !utf8.Valid(text) {
		wrong = &Error{File: f.path, Row: row, Line: line, Err: errors.New("the text is not UTF-8")}
	}
	if wrong != nil && !t.r.skips() {
		return wrong
	}
	if wrong != nil {
		text = nil
	}
	if len(t.data)+len(text) > math.MaxInt32 || len(t.data) > recordBytes {
		if !t.flush(yield) {
			return errStopped
		}
	}
	if len(t.offsets) == 0 {
		t.from = column.Origin{File: origin, Row: row}
	}
	if wrong != nil {
		t.wrong.add(len(t.offsets), wrong)
	}
	t.data = append(t.data, text...)
	t.offsets = append(t.offsets, int32(len(t.data)))
	t.class = append(t.class, f.class)
	return nil
}

// flush yields the rows; false where the consumer wants no more.
func (t *texts) flush(yield func(arrow.Record, error) bool) bool {
	n := len(t.offsets)
	if n == 0 {
		return true
	}
	fields, arrays := make([]column.Field, len(t.r.Columns)), make([]arrow.Array, len(t.r.Columns))
	for i, w := range t.r.Columns {
		if t.classes && w.Name == labelColumn {
			fields[i] = t.label
			fields[i].Name = w.Name
			arrays[i] = (&column.Values{Kind: column.Int32, Rows: n, I32: t.class}).Array()
			continue
		}
		fields[i] = column.Scalar(w.Name, column.String)
		arrays[i] = column.Strings(append([]int32{0}, t.offsets...), t.data)
	}
	t.total += int64(n)
	rec := t.wrong.tell(&t.r, column.RecordOf(fields, arrays, n, t.from), 0, func(_ int, err error) error { return err })
	t.data, t.offsets, t.class, t.wrong = nil, nil, nil, mistakes{}
	return yield(rec, nil)
}
