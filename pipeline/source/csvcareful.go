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

// carefully reads a block's rows, or finds the first mistake; where rows are left out, all that a row can have.
func (t *csvTable) carefully(k block, out *csvRows) {
	c := t.rows(k)
	for {
		row, err := c.r.Read()
		if err == io.EOF {
			break
		}
		var tell func(rows, lines int64) error
		open := false // where the row ends is not known
		switch {
		case errors.Is(err, csv.ErrFieldCount):
			line, _ := c.r.FieldPos(0)
			tell = c.mistake(line, "", fmt.Errorf("it has %d fields, and there are %d columns", len(row), len(t.names)))
		case err != nil:
			tell = c.explain(err)
			var p *csv.ParseError
			open = !errors.As(err, &p) || p.StartLine != p.Line
		default:
			tell = c.columns(row, out)
		}
		if tell != nil && (open || !t.skip) {
			out.fail = tell
			return
		}
		if tell != nil {
			out.leaveOut(tell)
		} else {
			out.n++
		}
		c.rows++
	}
}

// columns reads the columns of a row.
func (c *csvCareful) columns(row []string, out *csvRows) func(rows, lines int64) error {
	for i := range out.columns {
		col := &out.columns[i]
		if err := col.add([]byte(row[col.at]), out.n); err != nil {
			line, _ := c.r.FieldPos(col.at)
			return c.mistake(line, col.field.Name, err)
		}
	}
	return nil
}

// mistake is an error about the row at hand.
func (c *csvCareful) mistake(line int, col string, err error) func(rows, lines int64) error {
	at := c.rows + 1
	return func(rows, lines int64) error {
		return &Error{File: c.path, Row: rows + at, Line: lines + int64(line), Column: col, Err: err}
	}
}
