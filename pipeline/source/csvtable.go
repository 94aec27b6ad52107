package source

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/bits"
	"slices"
	"unicode/utf8"

	"github.com/apache/arrow/go/v15/arrow"

	"github.com/dlrun/dlrun/pipeline/column"
)

// csvTable reads blocks of a file's rows into columns. It may be used by several goroutines.
//
// It goes through the text once, field by field, each field by what is wanted of it: a number is parsed
// where it stands, eight characters at a time. A block in which anything is out of the ordinary is read
// again with encoding/csv (csvCareful), which finds the same rows, or the words for what is wrong.
type csvTable struct {
	*csvForm
	wants  []csvColumn // as they begin: without rows
	fields []csvField  // of a row
	plain  bool        // the delimiter is a single byte that cannot be part of a number
	skip   bool        // a row with a mistake is left out
}

// csvField is what becomes of a field of a row.
type csvField struct {
	kind column.Kind // Float32 or Int64 where that is all that is wanted; Unknown otherwise
	to   []int       // the columns that it goes to
	stop byte        // what ends it

	f32 []float32 // of the one column, while a block is read
	i64 []int64
}

// csvColumn is a column that is being read. Text lies in data, one after the other, as in Arrow.
type csvColumn struct {
	at      int // which field of a row
	field   column.Field
	f32     []float32
	i64     []int64
	offsets []int32
	data    []byte
}

// csvRows are the rows of a block.
type csvRows struct {
	columns []csvColumn
	n       int
	lines   int
	fail    func(rows, lines int64) error // set where there is a mistake

	malformed []csvMistake // rows that are left out
}

// csvMistake is a row of a block with a mistake.
type csvMistake struct {
	row  int
	tell func(rows, lines int64) error
}

// table finds the columns wanted.
func (c *csvFile) table(r *Request) (*csvTable, error) {
	wants := r.Columns
	t := &csvTable{csvForm: &c.csvForm, fields: make([]csvField, len(c.names)), skip: r.OnError == Skip}
	for i, w := range wants {
		at := slices.Index(c.names, w.Name)
		if at < 0 {
			return nil, &MissingColumn{File: c.path, Column: w.Name, Have: c.names}
		}
		if slices.Contains(c.names[at+1:], w.Name) {
			return nil, &Error{File: c.path, Line: 1, Column: w.Name, Err: errors.New("two columns have this name")}
		}
		kind := csvKind(w.Kind)
		t.wants = append(t.wants, csvColumn{at: at, field: column.Scalar(w.Name, kind)})
		f := &t.fields[at]
		if f.to = append(f.to, i); len(f.to) == 1 && kind != column.String {
			f.kind = kind
		} else {
			f.kind = column.Unknown
		}
	}
	for i := range t.fields {
		t.fields[i].stop = byte(c.comma) // of a plain delimiter
	}
	if n := len(t.fields); n > 0 {
		t.fields[n-1].stop = '\n'
	}
	t.plain = c.comma < utf8.RuneSelf && !bytes.ContainsRune([]byte("0123456789+-.eE"), c.comma) && len(c.names) > 0
	return t, nil
}

// read reads a block's rows.
func (t *csvTable) read(k block) *csvRows {
	out := &csvRows{lines: bytes.Count(k.text, []byte{'\n'})}
	// A row has at least as many characters as fields, and a line end; the last one may lack it.
	most := min(out.lines+1, len(k.text)/len(t.fields)+1)
	if t.skip { // a row may have fewer fields
		most = out.lines + 1
	}
	out.reset(t, most)
	if !t.plain || k.err != nil || !t.quickly(k, out) {
		out.reset(t, most)
		t.carefully(k, out)
	}
	return out
}

func (r *csvRows) reset(t *csvTable, most int) {
	r.n, r.malformed = 0, nil
	r.columns = slices.Clone(t.wants)
	for i := range r.columns {
		c := &r.columns[i]
		switch c.field.Kind {
		case column.Float32:
			c.f32 = make([]float32, most)
		case column.Int64:
			c.i64 = make([]int64, most)
		case column.String:
			c.offsets = make([]int32, 1, most+1)
		}
	}
}

// record makes an Arrow record of the rows.
func (r *csvRows) record(from column.Origin) arrow.Record {
	fields, arrays := make([]column.Field, len(r.columns)), make([]arrow.Array, len(r.columns))
	for i := range r.columns {
		c := &r.columns[i]
		fields[i] = c.field
		switch c.field.Kind {
		case column.Float32:
			arrays[i] = (&column.Values{Kind: column.Float32, Rows: r.n, F32: c.f32[:r.n]}).Array()
		case column.Int64:
			arrays[i] = (&column.Values{Kind: column.Int64, Rows: r.n, I64: c.i64[:r.n]}).Array()
		case column.String:
			arrays[i] = column.Strings(c.offsets, c.data)
		}
	}
	return column.RecordOf(fields, arrays, r.n, from)
}

// add reads one field as row number row.
func (c *csvColumn) add(text []byte, row int) error {
	switch c.field.Kind {
	case column.String:
		if !utf8.Valid(text) {
			return errors.New("the text is not UTF-8")
		}
		c.data = append(c.data, text...)
		c.offsets = append(c.offsets, int32(len(c.data)))
	case column.Float32:
		f, err := parseFloat(string(text))
		if err != nil {
			return err
		}
		c.f32[row] = f
	case column.Int64:
		n, err := parseInt(string(text))
		if err != nil {
			return err
		}
		c.i64[row] = n
	}
	return nil
}

// leaveOut puts something in the place of a row, whatever of it was read.
func (r *csvRows) leaveOut(tell func(rows, lines int64) error) {
	for i := range r.columns {
		c := &r.columns[i]
		switch c.field.Kind {
		case column.Float32:
			c.f32[r.n] = 0
		case column.Int64:
			c.i64[r.n] = 0
		case column.String:
			c.offsets = c.offsets[:r.n+1]
			c.data = c.data[:c.offsets[r.n]]
			c.offsets = append(c.offsets, int32(len(c.data)))
		}
	}
	r.malformed = append(r.malformed, csvMistake{r.n, tell})
	r.n++
}

// quickly reads rows that have nothing unusual about them; false where one has.
func (t *csvTable) quickly(k block, out *csvRows) bool {
	end := len(k.text)
	b := k.text[:end+padded]
	if b[end-1] != '\n' { // the text's last row
		b = k.text[:end+1+padded]
		b[end] = '\n'
		end++
	}
	var unquoted []byte
	fields := slices.Clone(t.fields)
	for i := range fields {
		if f := &fields[i]; f.kind != column.Unknown {
			f.f32, f.i64 = out.columns[f.to[0]].f32, out.columns[f.to[0]].i64
		}
	}
	row := 0
	for p := 0; p < end; {
		if b[p] == '\n' {
			p++
			continue
		}
		if b[p] == '\r' && b[p+1] == '\n' {
			p += 2
			continue
		}
		for i := range fields {
			f := &fields[i]
			if f.kind == column.Float32 {
				if x, next := float32At(b, p); next >= 0 && b[next] == f.stop {
					f.f32[row] = x
					p = next + 1
					continue
				}
			} else if f.kind == column.Int64 {
				if x, next := int64At(b, p); next >= 0 && b[next] == f.stop {
					f.i64[row] = x
					p = next + 1
					continue
				}
			}
			text, next, ok := t.field(b, p, f.stop, &unquoted)
			if !ok {
				return false
			}
			p = next
			for _, to := range f.to {
				if out.columns[to].add(text, row) != nil {
					return false
				}
			}
		}
		row++
	}
	out.n = row
	return true
}

// field returns the content of the field that begins at p and is to end with stop, and where the next one
// begins; false where it ends otherwise, or is of a rare form.
func (t *csvTable) field(b []byte, p int, stop byte, unquoted *[]byte) (text []byte, next int, ok bool) {
	if t.trim {
		for b[p] == ' ' {
			p++
		}
		if c := b[p]; c >= '\t' && c <= '\r' || c >= utf8.RuneSelf {
			return nil, 0, false // more to trim, perhaps
		}
	}
	if b[p] == '"' {
		return t.quoted(b, p+1, stop, unquoted)
	}
	q := t.find(b, p)
	if b[q] != stop {
		return nil, 0, false
	}
	text = b[p:q]
	if stop == '\n' && q > p && b[q-1] == '\r' {
		text = text[:len(text)-1]
	}
	return text, q + 1, true
}

// quoted is field behind an opening quote.
func (t *csvTable) quoted(b []byte, p int, stop byte, unquoted *[]byte) (text []byte, next int, ok bool) {
	text = (*unquoted)[:0]
	for {
		n := bytes.IndexByte(b[p:len(b)-padded], '"')
		if n < 0 {
			return nil, 0, false
		}
		piece := b[p : p+n]
		p += n + 1
		if bytes.IndexByte(piece, '\r') >= 0 {
			piece = bytes.ReplaceAll(piece, []byte("\r\n"), []byte("\n"))
		}
		if text = append(text, piece...); b[p] != '"' {
			break
		}
		text = append(text, '"')
		p++
	}
	*unquoted = text
	if stop == '\n' && b[p] == '\r' {
		p++
	}
	return text, p + 1, b[p] == stop
}

// find is the place of the first delimiter, quote or line end.
func (t *csvTable) find(b []byte, p int) int {
	const ones = 0x0101010101010101
	comma := uint64(t.comma) * ones
	for ; ; p += 8 {
		x := binary.LittleEndian.Uint64(b[p:])
		c, q, n := x^comma, x^'"'*ones, x^'\n'*ones
		// The top bit of each byte that is zero; what a borrow adds lies behind the first.
		if hit := ((c-ones)&^c | (q-ones)&^q | (n-ones)&^n) & tops; hit != 0 {
			return p + bits.TrailingZeros64(hit)/8
		}
	}
}
