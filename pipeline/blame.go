package pipeline

import (
	"github.com/dlrun/dlrun/pipeline/column"
	"github.com/dlrun/dlrun/pipeline/source"
)

// Blame turns an error that a row has caused into one that names the row's file and number there, and
// the column of a feature or target. name is "" where no one column is at fault. row is as in Batch.Rows; of a window
// it means the first row.
func (d *Data) Blame(row int, name string, target bool, err error) error {
	for _, ln := range d.lanes {
		if ln.target == target && ln.decl.Name == name && len(ln.columns) == 1 {
			name = ln.columns[0]
			break
		}
	}
	rows := d.chunks
	if w := d.windows; w != nil {
		if row = int(w.row(int32(row), 0)); d.rows != nil {
			rows = d.rows
		}
	}
	c := rows.of(int32(row))
	return blame(d.origins[c], row-int(rows.starts[c]), name, err)
}

// blame is an error about a row of those that begin at an origin.
func blame(o column.Origin, row int, col string, err error) error {
	e := &source.Error{File: o.File, Column: col, Err: err}
	if o.Row > 0 {
		e.Row = o.Row + int64(row)
	}
	return e
}
