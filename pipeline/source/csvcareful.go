package source

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
)

// csvCareful reads the rows of a block with encoding/csv, which says what is wrong and where. It reads
// what csvTable's own reader leaves: blocks with a mistake, and rare forms.
type csvCareful struct {
	*csvForm
	r    *csv.Reader
	rows int64 // read so far
}

// failing is a reader that ends with an error.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func (f *csvForm) rows(k block) *csvCareful {
	var r io.Reader = bytes.NewReader(k.text)
	if k.err != nil {
		r = io.MultiReader(r, failing{k.err})
	}
	c := &csvCareful{csvForm: f, r: csv.NewReader(r)}
	c.r.Comma = f.comma
	c.r.TrimLeadingSpace = f.trim
	c.r.ReuseRecord = true
	c.r.FieldsPerRecord = len(f.names)
	return c
}

// explain says where reading failed, once it is known how many rows and lines came before the block.
func (c *csvCareful) explain(err error) func(rows, lines int64) error {
	at := c.rows + 1
	var p *csv.ParseError
	if !errors.As(err, &p) {
		return func(rows, _ int64) error { return &Error{File: c.path, Row: rows + at, Err: damaged(err)} }
	}
	return func(rows, lines int64) error {
		e := &Error{File: c.path, Row: rows + at, Line: lines + int64(p.StartLine), Err: p.Err}
		switch {
		case errors.Is(err, csv.ErrQuote):
			e.Err = fmt.Errorf("a quote is not closed, or something follows it, at character %d of line %d", p.Column, lines+int64(p.Line))
		case errors.Is(err, csv.ErrBareQuote):
			e.Err = fmt.Errorf("a quote stands within an unquoted field at character %d; a field with quotes is put in quotes and they are doubled", p.Column)
		}
		return e
	}
}

// carefully reads a block's rows, or finds the first mistake.
func (t *csvTable) carefully(k block, out *csvRows) {
	c := t.rows(k)
	for {
		row, err := c.r.Read()
		if err == io.EOF {
			break
		}
		if errors.Is(err, csv.ErrFieldCount) {
			line, _ := c.r.FieldPos(0)
			out.fail = c.mistake(line, "", fmt.Errorf("it has %d fields, and there are %d columns", len(row), len(t.names)))
			return
		}
		if err != nil {
			out.fail = c.explain(err)
			return
		}
		for i := range out.columns {
			col := &out.columns[i]
			if err := col.add([]byte(row[col.at]), out.n); err != nil {
				line, _ := c.r.FieldPos(col.at)
				out.fail = c.mistake(line, col.field.Name, err)
				return
			}
		}
		out.n++
		c.rows++
	}
}

// mistake is an error about the row at hand.
func (c *csvCareful) mistake(line int, col string, err error) func(rows, lines int64) error {
	at := c.rows + 1
	return func(rows, lines int64) error {
		return &Error{File: c.path, Row: rows + at, Line: lines + int64(line), Column: col, Err: err}
	}
}
