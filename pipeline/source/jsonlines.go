package source

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"

	"github.com/apache/arrow/go/v15/arrow"

	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/pipeline/column"
	"github.com/dlrun/dlrun/pipeline/parallel"
)

var _ = Register("json", func() Source { return new(jsonSource) }, "jsonl")

// jsonSource reads keys of JSON objects, one a line, or the elements of one array.
type jsonSource struct{ paths }

func (s *jsonSource) Schema(b *schema.Block) {
	b.Doc("Reads keys of JSON objects as columns: an object a line (JSON lines), or one array of objects.", "pandas.read_json",
		"Numbers are read as float32, or as whole numbers where an index is wanted; true and false are 1 and 0; text stays text for a lookup; an array of numbers, or of such arrays, is a tensor, of one shape in all rows. A key that is missing or null is an error, unless a transform \"imputation\" at the beginning fills it in. Files may be compressed with gzip or Zstandard.")
	s.bind(b, "json file")
}

// Field knows nothing before the file has been opened.
func (s *jsonSource) Field(name string, asked column.Kind) (column.Field, error) {
	return column.Field{Name: name}, nil
}

// At returns a source that reads another file.
func (s *jsonSource) At(path string) Source { return &jsonSource{paths{path: path}} }

// Columns returns the keys of the first object.
func (s *jsonSource) Columns(dir string) ([]string, error) {
	path, err := s.first(dir)
	if err != nil {
		return nil, err
	}
	f, _, err := open(path, nil)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	next, err := objects(path, f)
	if err != nil {
		return nil, err
	}
	k, ok := next()
	if k.err != nil {
		return nil, inFile(path, k.err)
	}
	for text := range bytes.Lines(k.text) {
		if text = bytes.TrimSpace(text); len(text) == 0 {
			continue
		}
		object, err := parseObject(text)
		if err != nil {
			return nil, &Error{File: path, Row: 1, Err: err}
		}
		var names []string
		for name := range object {
			names = append(names, name)
		}
		slices.Sort(names)
		return names, nil
	}
	if ok {
		err = errors.New("there is no object in its first lines")
	} else {
		err = errNoRows
	}
	return nil, &Error{File: path, Err: err}
}

func (s *jsonSource) Read(ctx context.Context, r Request) iter.Seq2[arrow.Record, error] {
	return s.fileByFile(ctx, r, readJSON)
}

// objects returns a function that yields blocks of lines, each an object. An array of objects is cut into
// its elements first.
func objects(path string, f io.Reader) (func() (block, bool), error) {
	text, err := unpack(path, f)
	if err != nil {
		return nil, err
	}
	in := bufio.NewReaderSize(text, 64<<10)
	for {
		c, err := in.ReadByte()
		if err == io.EOF {
			return func() (block, bool) { return block{}, false }, nil
		}
		if err != nil {
			return nil, &Error{File: path, Err: damaged(err)}
		}
		if c == ' ' || c == '\t' || c == '\r' || c == '\n' {
			continue // an empty line before the first object, which a line number then leaves out
		}
		if err := in.UnreadByte(); err != nil {
			return nil, err
		}
		if c == '[' {
			return elements(in), nil
		}
		return (&blocks{r: in, size: blockBytes}).next, nil
	}
}

// elements cuts an array into lines, one an element.
func elements(in io.Reader) func() (block, bool) {
	r := &rationed{r: in, left: maxLine}
	d := json.NewDecoder(r)
	begun, ended := false, false
	return func() (k block, ok bool) {
		if ended {
			return k, false
		}
		if !begun {
			begun = true
			if _, k.err = d.Token(); k.err != nil { // the bracket that was seen
				ended = true
				return k, true
			}
		}
		for len(k.text) < blockBytes && d.More() {
			r.left = maxLine
			var e json.RawMessage
			if k.err = d.Decode(&e); k.err != nil {
				ended = true
				return k, true
			}
			var line bytes.Buffer
			if k.err = json.Compact(&line, e); k.err != nil {
				ended = true
				return k, true
			}
			k.text = append(append(k.text, line.Bytes()...), '\n')
		}
		if len(k.text) < blockBytes {
			ended = true
			if _, k.err = d.Token(); k.err == io.EOF {
				k.err = io.ErrUnexpectedEOF
			}
		}
		return k, len(k.text) > 0 || k.err != nil
	}
}

// rationed is a reader that ends with an error where more is asked of it than is left.
type rationed struct {
	r    io.Reader
	left int
}

func (r *rationed) Read(p []byte) (int, error) {
	if r.left <= 0 {
		return 0, fmt.Errorf("an element of the array is longer than %s", Bytes(maxLine))
	}
	n, err := r.r.Read(p[:min(len(p), r.left)])
	r.left -= n
	return n, err
}

func parseObject(text []byte) (map[string]json.RawMessage, error) {
	var object map[string]json.RawMessage
	if err := json.Unmarshal(text, &object); err != nil {
		return nil, jsonError(err)
	}
	if object == nil {
		return nil, errors.New("an object is wanted, got null")
	}
	return object, nil
}

// jsonError leaves out the words about Go.
func jsonError(err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Errorf("it is not JSON, at character %d: %s", syntax.Offset, syntax.Error())
	case errors.As(err, &kind):
		return fmt.Errorf("an object is wanted, got %s", kind.Value)
	}
	return err
}

// jsonRows are the rows of a block.
type jsonRows struct {
	columns []*jsonColumn
	n       int
	err     error // an *Error without the rows before the block
	wrong   mistakes
}

// readJSON yields the rows of one file.
func readJSON(ctx context.Context, path string, r Request) iter.Seq2[arrow.Record, error] {
	return func(yield func(arrow.Record, error) bool) {
		f, _, err := open(path, nil)
		if err != nil {
			yield(nil, err)
			return
		}
		defer f.Close()
		var in io.Reader = f
		note := func() error { return nil }
		if r.Files != nil {
			h := r.Files.hashed(path, f)
			in, note = h, h.done
		}
		next, err := objects(path, in)
		if err != nil {
			yield(nil, err)
			return
		}
		row, stopped := int64(0), false
		err = parallel.Ordered(ctx, r.Workers, next, func(k block) *jsonRows { return readObjects(k, path, &r) }, func(rows *jsonRows) bool {
			if e, ok := rows.err.(*Error); ok && e.Row > 0 {
				e.Row += row
			}
			if rows.err != nil {
				stopped = true
				yield(nil, rows.err)
				return false
			}
			from := row + 1
			row += int64(rows.n)
			place := func(at int, err error) error {
				e := *err.(*Error)
				e.Row = from + int64(at)
				return &e
			}
			if rows.n > 0 && rows.empty() { // all its rows are malformed, and what they would be is not known
				rows.wrong.note(&r, place)
				rows.n = 0
			}
			if rows.n > 0 {
				stopped = !yield(rows.wrong.tell(&r, rows.record(column.Origin{File: path, Row: from}), 0, place), nil)
			}
			return !stopped
		})
		if err == nil && !stopped && row == 0 {
			err = &Error{File: path, Err: errNoRows}
		}
		if err == nil && !stopped {
			err = note()
		}
		if err != nil {
			yield(nil, err)
		}
	}
}

// empty tells whether it is not known what a column holds.
func (r *jsonRows) empty() bool {
	return slices.ContainsFunc(r.columns, func(c *jsonColumn) bool { return c.kind == column.Unknown })
}

func readObjects(k block, path string, r *Request) *jsonRows {
	out := &jsonRows{}
	for _, w := range r.Columns {
		out.columns = append(out.columns, &jsonColumn{want: w})
	}
	for text := range bytes.Lines(k.text) {
		if text = bytes.TrimSpace(text); len(text) == 0 {
			continue
		}
		object, err := parseObject(text)
		if err != nil && k.err != nil { // the last line, cut short
			break
		}
		failed := ""
		for _, c := range out.columns {
			if err == nil {
				if err = c.add(object[c.want.Name]); err == nil {
					continue
				}
				failed = c.want.Name
				if r.OnError == Null && c.optional() {
					out.wrong.add(out.n, &Error{File: path, Column: failed, Err: err})
					err = nil
				}
			}
			c.gap()
		}
		if err != nil {
			e := &Error{File: path, Row: int64(out.n) + 1, Column: failed, Err: err}
			if !r.skips() {
				out.err = e
				return out
			}
			out.wrong.add(out.n, e)
		}
		out.n++
	}
	for _, c := range out.columns {
		if c.kind == column.Unknown && c.optional() { // missing in all rows
			c.kind = column.String
			c.fill()
		}
	}
	if k.err != nil {
		out.err = &Error{File: path, Row: int64(out.n) + 1, Err: damaged(k.err)}
	}
	return out
}

func (r *jsonRows) record(from column.Origin) arrow.Record {
	fields, values := make([]column.Field, len(r.columns)), make([]*column.Values, len(r.columns))
	for i, c := range r.columns {
		values[i] = &column.Values{Kind: c.kind, Rows: r.n, Shape: c.shape, I64: c.i64, F32: c.f32, Str: c.str}
		fields[i] = values[i].Field(c.want.Name)
	}
	return column.NewRecord(fields, values, r.n, from)
}
