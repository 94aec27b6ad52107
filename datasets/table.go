package datasets

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/apache/arrow/go/v15/arrow"

	"github.com/dlrun/dlrun/datasets/embedded"
	"github.com/dlrun/dlrun/internal/inflate"
	"github.com/dlrun/dlrun/pipeline/column"
	"github.com/dlrun/dlrun/pipeline/source"
)

// table reads a set of one small embedded file of numbers: skip lines, then rows whose fields fill the
// set's columns in order, a column of shape [8, 8, 1] taking 64 of them.
func table(s *Set, file string, skip int) func(context.Context, string, []source.Want) iter.Seq2[arrow.Record, error] {
	return func(ctx context.Context, part string, wants []source.Want) iter.Seq2[arrow.Record, error] {
		return func(yield func(arrow.Record, error) bool) {
			all, err := readTable(s, file, skip)
			if err != nil {
				yield(nil, fmt.Errorf("%s: %w", file, err))
				return
			}
			fields := s.pick(wants)
			cols := make([]*column.Values, len(wants))
			for i, f := range fields {
				cols[i] = all[slices.IndexFunc(s.Columns, func(c column.Field) bool { return c.Name == f.Name })]
			}
			yield(column.NewRecord(fields, cols, s.Rows[part], column.Origin{File: "dlrun:" + s.Name + "/" + file, Row: 1}), nil)
		}
	}
}

func readTable(s *Set, file string, skip int) ([]*column.Values, error) {
	raw, err := embedded.Files.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var r io.Reader = bytes.NewReader(raw)
	if strings.HasSuffix(file, ".gz") {
		if r, err = inflate.NewGzip(raw); err != nil {
			return nil, err
		}
	}
	c := csv.NewReader(r)
	c.FieldsPerRecord = -1
	lines, err := c.ReadAll()
	if err != nil {
		return nil, err
	}
	rows := s.Rows[source.Train]
	if len(lines) != rows+skip {
		return nil, fmt.Errorf("%d lines, not %d", len(lines), rows+skip)
	}
	cols := make([]*column.Values, len(s.Columns))
	for i, f := range s.Columns {
		cols[i] = column.Make(f.Kind, f.Shape, rows)
	}
	for r, line := range lines[skip:] {
		for _, v := range cols {
			n := v.Size()
			if len(line) < n {
				return nil, fmt.Errorf("row %d is too short", r+1)
			}
			for e, text := range line[:n] {
				if err := put(v, r*n+e, text); err != nil {
					return nil, fmt.Errorf("row %d: %w", r+1, err)
				}
			}
			line = line[n:]
		}
		if len(line) > 0 {
			return nil, fmt.Errorf("row %d is too long", r+1)
		}
	}
	return cols, nil
}

// put parses an element.
func put(v *column.Values, i int, text string) error {
	switch v.Kind {
	case column.Float32:
		f, err := strconv.ParseFloat(text, 32)
		v.F32[i] = float32(f)
		return err
	case column.Int32:
		n, err := strconv.ParseInt(text, 10, 32)
		v.I32[i] = int32(n)
		return err
	case column.Uint8:
		n, err := strconv.ParseUint(text, 10, 8)
		v.U8[i] = uint8(n)
		return err
	}
	return errors.New("a table holds numbers")
}
