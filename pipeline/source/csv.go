package source

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/apache/arrow/go/v15/arrow"

	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/pipeline/column"
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
		"Fields may be quoted as RFC 4180 says; files may be compressed with gzip. A number is read as float32, or as a whole number where an index is wanted; text stays text for a lookup.")
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

// csvFile is a file open at its first row.
type csvFile struct {
	path  string
	close func() error
	r     *csv.Reader
	guard *lineGuard
	names []string
	rows  int64 // read so far
}

func (s *csvSource) open(path string, files *Files) (*csvFile, error) {
	f, _, err := open(path, files)
	if err != nil {
		return nil, err
	}
	c := &csvFile{path: path, close: f.Close}
	if err := s.begin(c, f); err != nil {
		f.Close()
		return nil, err
	}
	return c, nil
}

// begin unpacks the file and reads its header.
func (s *csvSource) begin(c *csvFile, f io.Reader) error {
	b := bufio.NewReaderSize(f, 64<<10)
	// A look ahead that fails finds a short file, which reading then reports.
	if magic, _ := b.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(b)
		if err != nil {
			return &Error{File: c.path, Err: fmt.Errorf("it is damaged: %w", err)}
		}
		b = bufio.NewReaderSize(z, 64<<10)
	}
	if bom, _ := b.Peek(3); bytes.Equal(bom, []byte("\xef\xbb\xbf")) {
		if _, err := b.Discard(3); err != nil {
			return &Error{File: c.path, Err: err}
		}
	}
	c.guard = &lineGuard{r: b}
	c.r = csv.NewReader(c.guard)
	c.r.Comma, _ = utf8.DecodeRuneInString(s.delimiter)
	c.r.TrimLeadingSpace = s.skipInitialSpace
	c.r.ReuseRecord = true
	c.names = s.columns
	c.r.FieldsPerRecord = len(c.names)
	if !s.header {
		return nil
	}
	first, err := c.r.Read()
	if err == io.EOF {
		return &Error{File: c.path, Err: errors.New("it is empty, and its first line should name the columns")}
	}
	if err != nil {
		return c.explain(err)
	}
	c.names = slices.Clone(first)
	for i, n := range c.names {
		if !utf8.ValidString(n) {
			return &Error{File: c.path, Line: 1, Err: fmt.Errorf("the name of column %d is not UTF-8 text", i+1)}
		}
	}
	c.r.FieldsPerRecord = len(c.names)
	return nil
}

// explain says where reading failed.
func (c *csvFile) explain(err error) error {
	var p *csv.ParseError
	if !errors.As(err, &p) {
		return &Error{File: c.path, Row: c.rows + 1, Err: damaged(err)}
	}
	e := &Error{File: c.path, Row: c.rows + 1, Line: int64(p.StartLine), Err: p.Err}
	switch {
	case errors.Is(err, csv.ErrQuote):
		e.Err = fmt.Errorf("a quote is not closed, or something follows it, at character %d of line %d", p.Column, p.Line)
	case errors.Is(err, csv.ErrBareQuote):
		e.Err = fmt.Errorf("a quote stands within an unquoted field at character %d; a field with quotes is put in quotes and they are doubled", p.Column)
	}
	return e
}

// maxLine bounds a row of text: a file without line ends would otherwise be read as one row.
const maxLine = 64 << 20

// lineGuard stops reading where more than maxLine bytes went by since the last row.
type lineGuard struct {
	r     io.Reader
	since int
}

func (g *lineGuard) Read(p []byte) (int, error) {
	if g.since > maxLine {
		return 0, fmt.Errorf("a row is longer than %s; is a quote left open?", Bytes(maxLine))
	}
	n, err := g.r.Read(p)
	g.since += n
	return n, err
}

// csvColumn is a column that is being read.
type csvColumn struct {
	at    int // which field of a row
	field column.Field
	*column.Values
}

func (s *csvSource) readFile(ctx context.Context, path string, r Request) iter.Seq2[arrow.Record, error] {
	return func(yield func(arrow.Record, error) bool) {
		c, err := s.open(path, r.Files)
		if err != nil {
			yield(nil, err)
			return
		}
		defer c.close()
		cols, err := c.columns(r.Columns)
		if err != nil {
			yield(nil, err)
			return
		}
		for {
			if err := ctx.Err(); err != nil {
				yield(nil, err)
				return
			}
			from := c.rows + 1
			n, err := c.chunk(cols)
			if err != nil {
				yield(nil, err)
				return
			}
			if n == 0 {
				if c.rows == 0 {
					yield(nil, &Error{File: path, Err: errNoRows})
				}
				return
			}
			fields, values := make([]column.Field, len(cols)), make([]*column.Values, len(cols))
			for i := range cols {
				fields[i], values[i] = cols[i].field, cols[i].Values
			}
			if !yield(column.NewRecord(fields, values, n, column.Origin{File: path, Row: from}), nil) {
				return
			}
		}
	}
}

// columns finds the columns wanted.
func (c *csvFile) columns(wants []Want) ([]csvColumn, error) {
	var out []csvColumn
	for _, w := range wants {
		at := slices.Index(c.names, w.Name)
		if at < 0 {
			return nil, &MissingColumn{File: c.path, Column: w.Name, Have: c.names}
		}
		if slices.Contains(c.names[at+1:], w.Name) {
			return nil, &Error{File: c.path, Line: 1, Column: w.Name, Err: errors.New("two columns have this name")}
		}
		out = append(out, csvColumn{at: at, field: column.Scalar(w.Name, csvKind(w.Kind))})
	}
	return out, nil
}

// chunk reads the next rows into new memory and returns how many; 0 at the end of the file.
func (c *csvFile) chunk(cols []csvColumn) (int, error) {
	for i := range cols {
		cols[i].Values = &column.Values{Kind: cols[i].field.Kind}
	}
	n, text := 0, 0
	for n < 8192 && text < recordBytes {
		row, err := c.r.Read()
		if err == io.EOF {
			break
		}
		c.guard.since = 0
		if err != nil {
			if errors.Is(err, csv.ErrFieldCount) {
				line, _ := c.r.FieldPos(0)
				return 0, &Error{File: c.path, Row: c.rows + 1, Line: int64(line), Err: fmt.Errorf("it has %d fields, and there are %d columns", len(row), len(c.names))}
			}
			return 0, c.explain(err)
		}
		for i := range cols {
			if err := cols[i].add(row[cols[i].at]); err != nil {
				line, _ := c.r.FieldPos(cols[i].at)
				return 0, &Error{File: c.path, Row: c.rows + 1, Line: int64(line), Column: cols[i].field.Name, Err: err}
			}
			if cols[i].Kind == column.String {
				text += len(row[cols[i].at])
			}
		}
		n++
		c.rows++
	}
	for i := range cols {
		cols[i].Rows = n
	}
	return n, nil
}

// add reads one field.
func (v *csvColumn) add(s string) error {
	switch v.Kind {
	case column.String:
		if !utf8.ValidString(s) {
			return errors.New("the text is not UTF-8")
		}
		v.Str = append(v.Str, s)
	case column.Float32:
		f, err := parseFloat(s)
		if err != nil {
			return err
		}
		v.F32 = append(v.F32, f)
	case column.Int64:
		n, err := parseInt(s)
		if err != nil {
			return err
		}
		v.I64 = append(v.I64, n)
	}
	return nil
}

// parseFloat reads a decimal number, spaces around it left out. strconv alone would also take
// hexadecimal numbers, infinity and NaN.
func parseFloat(s string) (float32, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return 0, errors.New("it is empty where a number is wanted")
	}
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9', c == '.', c == '-', c == '+', c == 'e', c == 'E':
		default:
			return 0, notNumber(s)
		}
	}
	f, err := strconv.ParseFloat(s, 32)
	if errors.Is(err, strconv.ErrRange) {
		return 0, fmt.Errorf("%s is too large for a float32", s)
	}
	if err != nil {
		return 0, notNumber(s)
	}
	return float32(f), nil
}

// ErrNotNumber is what a text that should be a number is.
var ErrNotNumber = errors.New("not a number")

func notNumber(s string) error {
	if len(s) > 40 {
		s = strings.ToValidUTF8(s[:40], "") + "…"
	}
	return fmt.Errorf("%q is %w", s, ErrNotNumber)
}

// parseInt reads a whole number, which may be written as 3.0.
func parseInt(s string) (int64, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return 0, errors.New("it is empty where a whole number is wanted")
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err == nil {
		return n, nil
	}
	if errors.Is(err, strconv.ErrRange) {
		return 0, fmt.Errorf("%s does not fit in 64 bits", s)
	}
	if whole, zeros, ok := strings.Cut(s, "."); ok && strings.Trim(zeros, "0") == "" {
		if n, err := strconv.ParseInt(whole, 10, 64); err == nil {
			return n, nil
		}
	}
	if _, err := parseFloat(s); err == nil {
		return 0, fmt.Errorf("%s is not a whole number, which is wanted here", s)
	}
	return 0, notNumber(s)
}
