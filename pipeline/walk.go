package pipeline

import (
	"errors"

	"github.com/dlrun/dlrun/pipeline/column"
)

// run takes rows through links, augmentations left out, each into memory of its own.
func run(links []*link, v *column.Values) (*column.Values, error) {
	for _, l := range links {
		if l.augment != nil {
			continue
		}
		dst := column.Make(l.out.Kind, l.out.Shape, v.Rows)
		if err := l.transform.Apply(dst, v); err != nil {
			return nil, err
		}
		v = dst
	}
	return v, nil
}

// walker takes rows through links a few at a time, so that an encoding which makes rows many times
// larger needs no more memory than that.
type walker struct{ scratch [2]column.Values }

// pieceBytes is about how much memory the rows of a piece may become.
const pieceBytes = 4 << 20

// walk calls f with the rows that come out and the number of the first of them. They lie in memory that
// the next piece uses again. An error's row counts from v's first.
func (w *walker) walk(links []*link, v *column.Values, f func(from int, out *column.Values) error) error {
	widest := 1
	for _, l := range links {
		widest = max(widest, l.out.RowBytes())
	}
	step := max(1, pieceBytes/widest)
	for from := 0; from < v.Rows; from += step {
		out := v.Slice(from, min(v.Rows, from+step))
		for i, l := range links {
			if l.augment != nil {
				continue
			}
			dst := &w.scratch[i%2]
			if dst == out { // an augmentation between was left out
				dst = &w.scratch[(i+1)%2]
			}
			dst.Reset(l.out.Kind, l.out.Shape, out.Rows)
			if err := l.transform.Apply(dst, out); err != nil {
				var row *column.RowError
				if errors.As(err, &row) {
					return &column.RowError{Row: from + row.Row, Err: row.Err}
				}
				return err
			}
			out = dst
		}
		if err := f(from, out); err != nil {
			return err
		}
	}
	return nil
}
