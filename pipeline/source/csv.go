package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"unicode/utf8"

	"github.com/apache/arrow/go/v15/arrow"

	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/pipeline/column"
	"github.com/dlrun/dlrun/pipeline/parallel"
)

var _ = Register("csv", func() Source { return new(csvSource) })

// csvSource reads columns by name from text files of separated values (RFC 4180). Text becomes what
// the column's first step takes: numbers are read strictly, and one that is not is an error that names
// its place.
type csvSource struct {
	paths
	delimiter        string
	header           bool
	columns          []string
	skipInitialSpace bool
}

func (s *csvSource) Schema(b *schema.Block) {
	b.Doc("Reads columns by name from text files of separated values.", "dlrun",
		"Fields may be quoted as RFC 4180 says; files may be compressed with gzip or Zstandard. A number is read as float32, or as a whole number where an index is wanted; text stays text for a lookup.")
	s.bind(b, "csv file")
	b.String(&s.delimiter, "delimiter", "The character between fields.", schema.Default(","))
	b.Bool(&s.header, "header", "Whether the first line names the columns.", schema.Default(true))
	b.Strings(&s.columns, "columns", "The columns' names, where no line names them.", schema.Optional())
	b.Bool(&s.skipInitialSpace, "skip_initial_space", "Leave out spaces at the beginning of a field.", schema.Default(false))
}

func (s *csvSource) Validate() error {
	if err := s.paths.Validate(); err != nil {
		return err
	}
	if r, n := utf8.DecodeRuneInString(s.delimiter); n != len(s.delimiter) || n == 0 || r == '"' || r == '\r' || r == '\n' || r == utf8.RuneError {
		return schema.Atf("delimiter", "a single character other than a quote or an end of line is wanted, got %q", s.delimiter)
	}
	if s.header && s.columns != nil {
		return schema.Atf("columns", "the first line names the columns; with header = false they are named here")
	}
	if !s.header && len(s.columns) == 0 {
		return schema.Atf("header", "without a header the columns are named by the argument \"columns\"")
	}
	return nil
}

// At returns a source of the same form that reads another file.
func (s *csvSource) At(path string) Source {
	t := *s
	t.paths = paths{path: path}
	return &t
}

// SetDelimiter changes the character between fields.
func (s *csvSource) SetDelimiter(d string) { s.delimiter = d }

// Field is known by what is asked: text can be anything. Whether there is such a column is known after
// reading, unless the file says it here.
func (s *csvSource) Field(name string, asked column.Kind) (column.Field, error) {
	if s.columns != nil && !slices.Contains(s.columns, name) {
		return column.Field{}, &MissingColumn{Column: name, Have: s.columns}
	}
	return column.Scalar(name, csvKind(asked)), nil
}

// csvKind is what a field is read as.
func csvKind(asked column.Kind) column.Kind {
	switch asked {
	case column.Int64, column.String:
		return asked
	case column.List:
		return column.String
	case column.Optional: // an empty field is for the step behind it
		return column.String
	}
	return column.Float32
}

func (s *csvSource) Read(ctx context.Context, r Request) iter.Seq2[arrow.Record, error] {
	return func(yield func(arrow.Record, error) bool) {
		files, err := s.find(r.Dir, r.Part)
		if err != nil {
			yield(nil, err)
			return
		}
		for _, path := range files {
			for rec, err := range s.readFile(ctx, path, r) {
				if !yield(rec, err) || err != nil {
					return
				}
			}
		}
	}
}

// Columns returns the names of a file's columns.
func (s *csvSource) Columns(dir string) ([]string, error) {
	files, err := s.find(dir, Train)
	if err != nil {
		return nil, err
	}
	c, err := s.open(files[0], nil)
	if err != nil {
		return nil, err
	}
	defer c.close()
	return c.names, nil
}

// csvFile is a file open behind its header.
type csvFile struct {
	csvForm
	close  func() error
	note   func() error // adds what was read to the files of the dataset
	blocks *blocks
	first  block // behind the header; the others come from blocks
	begun  bool
	lines  int64 // of the header
}

// csvForm is what is the same for all rows of a file.
type csvForm struct {
	path  string
	comma rune
	trim  bool
	names []string
}

func (s *csvSource) open(path string, files *Files) (*csvFile, error) {
	f, _, err := open(path, nil)
	if err != nil {
		return nil, err
	}
	c := &csvFile{close: f.Close}
	var r io.Reader = f
	if files != nil {
		h := files.hashed(path, f)
		r, c.note = h, h.done
	}
	if err := s.begin(c, path, r); err != nil {
		f.Close()
		return nil, err
	}
	return c, nil
}

// begin unpacks the file and reads its header.
func (s *csvSource) begin(c *csvFile, path string, f io.Reader) error {
	c.path, c.trim, c.names = path, s.skipInitialSpace, s.columns
	c.comma, _ = utf8.DecodeRuneInString(s.delimiter)
	r, err := unpack(path, f)
	if err != nil {
		return err
	}
	c.blocks = &blocks{r: r, size: blockBytes, quote: true}
	first, ok := c.blocks.next()
	c.first = first
	if !s.header {
		return nil
	}
	if !ok {
		return &Error{File: path, Err: errors.New("it is empty, and its first line should name the columns")}
	}
	rows := c.rows(first)
	names, err := rows.r.Read()
	if err == io.EOF {
		return &Error{File: path, Err: errors.New("it is empty, and its first line should name the columns")}
	}
	if err != nil {
		return rows.explain(err)(0, 0)
	}
	c.names = slices.Clone(names)
	for i, n := range c.names {
		if !utf8.ValidString(n) {
			return &Error{File: path, Line: 1, Err: fmt.Errorf("the name of column %d is not UTF-8 text", i+1)}
		}
	}
	// Rows end with a line end, but for the last of a text.
	at := min(int(rows.r.InputOffset()), len(first.text))
	c.lines = int64(bytes.Count(first.text[:at], []byte{'\n'}))
	c.first.text = first.text[at:]
	return nil
}

// next returns the next block of rows.
func (c *csvFile) next() (block, bool) {
	if !c.begun {
		if c.begun = true; len(c.first.text) > 0 || c.first.err != nil {
			return c.first, true
		}
	}
	return c.blocks.next()
}

func (s *csvSource) readFile(ctx context.Context, path string, r Request) iter.Seq2[arrow.Record, error] {
	return func(yield func(arrow.Record, error) bool) {
		c, err := s.open(path, r.Files)
		if err != nil {
			yield(nil, err)
			return
		}
		defer c.close()
		table, err := c.table(&r)
		if err != nil {
			yield(nil, err)
			return
		}
		row, line, stopped := int64(0), c.lines, false
		err = parallel.Ordered(ctx, r.Workers, c.next, func(k block) *csvRows {
			rows := table.read(k)
			c.blocks.release(k)
			return rows
		}, func(rows *csvRows) bool {
			if rows.fail != nil {
				stopped = true
				yield(nil, rows.fail(row, line))
				return false
			}
			from := row + 1
			var malformed []int
			for _, m := range rows.malformed {
				r.Malformed.Add(m.tell(row, line))
				malformed = append(malformed, m.row)
			}
			row += int64(rows.n)
			line += int64(rows.lines)
			if rows.n > 0 {
				stopped = !yield(column.WithMalformed(rows.record(column.Origin{File: path, Row: from}), malformed), nil)
			}
			return !stopped
		})
		if err == nil && !stopped && row == 0 {
			err = &Error{File: path, Err: errNoRows}
		}
		if err == nil && !stopped && c.note != nil {
			err = c.note()
		}
		if err != nil {
			yield(nil, err)
		}
	}
}
