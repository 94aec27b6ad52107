package source

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"sort"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/parquet-go/parquet-go"

	"github.com/dlrun/dlrun/pipeline/column"
)

// read reads the column's part of a row group of so many rows.
func (c *parquetColumn) read(chunk parquet.ColumnChunk, rows, limit int64, o column.Adopting) (column.Field, arrow.Array, error) {
	v := &parquetValues{kind: c.kind, tolerant: o.Malformed != nil}
	switch c.kind {
	case column.String:
		v.offsets = make([]int32, 1, rows+1)
	case column.Uint8:
		v.u8 = make([]uint8, 0, rows)
	case column.Int32:
		v.i32 = make([]int32, 0, rows)
	case column.Int64:
		v.i64 = make([]int64, 0, rows)
	case column.Float32:
		v.f32 = make([]float32, 0, rows)
	}
	none := column.Field{}
	pages := chunk.Pages()
	defer pages.Close() // only read from
	levels := newParquetLevels(c.top, c.leaf)
	for {
		page, err := pages.ReadPage()
		if err == io.EOF {
			break
		}
		if err != nil {
			return none, nil, fmt.Errorf("the file is damaged: %w", err)
		}
		err = c.page(v, levels, page)
		parquet.Release(page)
		if err != nil {
			return none, nil, err
		}
		if need := int64(v.len())*int64(c.kind.Bytes()) + int64(len(v.data)) + 4*int64(len(levels.gaps)+len(levels.lengths)); need > limit {
			return none, nil, errFull(need, limit)
		}
	}
	if levels.rows != rows {
		return none, nil, fmt.Errorf("it has %d rows, and the row group says %d: the file is damaged", levels.rows, rows)
	}
	if want := levels.elements - len(levels.gaps); v.len() != want {
		return none, nil, fmt.Errorf("it has %d values where there should be %d: the file is damaged", v.len(), want)
	}
	if levels.list && o.Ragged {
		return c.ragged(v, levels, o)
	}
	if levels.list {
		return c.lists(v, levels, limit, o)
	}
	return c.single(v, levels, o)
}

// page appends the values of a page.
func (c *parquetColumn) page(v *parquetValues, levels *parquetLevels, page parquet.Page) error {
	from, n := v.len(), int(page.NumValues())
	first := levels.elements
	if err := levels.page(page); err != nil {
		return err
	}
	var err error
	if d := page.Dictionary(); d != nil {
		data := page.Data()
		err = c.add(v, d.Page().Data(), data.Int32())
	} else {
		err = c.add(v, page.Data(), nil)
	}
	if c.kind == column.Uint8 && len(v.u8) > from+n && len(v.u8) < from+n+8 {
		v.u8 = v.u8[:from+n]
	}
	if err != nil && err != errIndex && !levels.list {
		return &column.RowError{Row: levels.row(levels.after(first, v.len()-from)), Err: err}
	}
	return err
}

// single makes a column of a value a row.
func (c *parquetColumn) single(v *parquetValues, levels *parquetLevels, o column.Adopting) (f column.Field, a arrow.Array, err error) {
	for _, row := range levels.gaps {
		if !o.Optional {
			if err := o.Fault(int(row), column.ErrMissing); err != nil {
				return f, nil, err
			}
		}
	}
	if err := levels.tell(v, o); err != nil {
		return f, nil, err
	}
	if len(levels.gaps) == 0 && len(v.malformed) == 0 && (!o.Optional || v.kind == column.String) {
		if v.kind == column.String {
			return column.Scalar(c.want.Name, v.kind), column.Strings(v.offsets, v.data), nil
		}
		all := v.values()
		return all.Field(c.want.Name), all.Array(), nil
	}
	all, err := levels.spread(v, o)
	if err != nil {
		return f, nil, err
	}
	return all.Field(c.want.Name), all.Array(), nil
}

// ragged makes a column of lists of any lengths.
func (c *parquetColumn) ragged(v *parquetValues, levels *parquetLevels, o column.Adopting) (f column.Field, a arrow.Array, err error) {
	if v.kind == column.String {
		return f, nil, errors.New("its lists are of text, and lists of different lengths are of numbers")
	}
	for row, n := range levels.lengths {
		if n < 0 {
			if err := o.Fault(row, column.ErrMissing); err != nil {
				return f, nil, err
			}
		}
	}
	for _, at := range levels.gaps {
		if err := o.Fault(levels.row(int(at)), fmt.Errorf("an element of the list: %w", column.ErrMissing)); err != nil {
			return f, nil, err
		}
	}
	if err := levels.tell(v, o); err != nil {
		return f, nil, err
	}
	elements, err := levels.spread(v, o)
	if err != nil {
		return f, nil, err
	}
	var b column.ListBuilder
	at := 0
	for _, n := range levels.lengths {
		if !b.Append(elements, at, at+max(0, int(n))) {
			return f, nil, errors.New("the lists of a row group take more than 2 GiB")
		}
		at += max(0, int(n))
	}
	return column.Scalar(c.want.Name, column.List), b.Array(), nil
}

// lists makes a column of lists of one length.
func (c *parquetColumn) lists(v *parquetValues, levels *parquetLevels, limit int64, o column.Adopting) (f column.Field, a arrow.Array, err error) {
	size := -1
	if c.length > 0 {
		size = c.length
	}
	even := len(levels.gaps) == 0 && len(v.malformed) == 0 && !o.Optional
	for row, n := range levels.lengths {
		why := error(nil)
		switch {
		case n < 0:
			why = column.ErrMissing
		case n == 0:
			why = column.Uneven(0, size)
		case size < 0:
			size = int(n)
		case int(n) != size:
			why = column.Uneven(int(n), size)
		}
		if why != nil {
			even = false
			if err := o.Fault(row, why); err != nil {
				return f, nil, err
			}
		}
	}
	if size < 0 {
		return f, nil, errors.New("its rows hold nothing")
	}
	c.length = size
	if need := levels.rows * int64(size) * int64(c.kind.Bytes()); need > limit {
		return f, nil, errFull(need, limit)
	}
	if !o.Optional {
		for _, at := range levels.gaps {
			if err := o.Fault(levels.row(int(at)), fmt.Errorf("an element of the list: %w", column.ErrMissing)); err != nil {
				return f, nil, err
			}
		}
	}
	if err := levels.tell(v, o); err != nil {
		return f, nil, err
	}
	if even {
		all := v.values()
		all.Rows, all.Shape = int(levels.rows), []int{size}
		return all.Field(c.want.Name), all.Array(), nil
	}
	elements, err := levels.spread(v, o)
	if err != nil {
		return f, nil, err
	}
	all := column.Make(elements.Kind, []int{size}, int(levels.rows))
	at := 0
	for row, n := range levels.lengths {
		if int(n) != size {
			all.FillGap(row*size, size, o)
		} else {
			for k := range size {
				all.CopyRow(row*size+k, elements, at+k, 1)
			}
		}
		at += max(0, int(n))
	}
	return all.Field(c.want.Name), all.Array(), nil
}

// parquetLevels follows the levels of a column, which tell where a value is missing and where a row's
// list begins.
type parquetLevels struct {
	list  bool
	full  byte // definition level of a value that is there
	some  byte // of lists: from this level on there is an element, if only a missing one
	there byte // of lists: from this level on there is a list, if only an empty one

	rows     int64
	elements int     // missing ones included
	gaps     []int32 // elements that are missing, in order
	lengths  []int32 // of the lists; -1 for one that is missing
	before   []int   // the number of elements in front of each list, where that was asked for
}

func newParquetLevels(top, leaf *parquet.Column) *parquetLevels {
	l := &parquetLevels{list: leaf.MaxRepetitionLevel() > 0, full: byte(leaf.MaxDefinitionLevel())}
	for c := top; l.list; c = c.Columns()[0] {
		if c.Repeated() {
			l.some = byte(c.MaxDefinitionLevel())
			break
		}
		l.there = byte(c.MaxDefinitionLevel())
	}
	return l
}

func (l *parquetLevels) page(page parquet.Page) error {
	defined, repeated := page.DefinitionLevels(), page.RepetitionLevels()
	if n := int64(l.elements) + page.NumValues(); page.NumValues() < 0 || n >= 1<<31 {
		return errFull(4*n, 1<<33)
	}
	if !l.list {
		if page.NumNulls() > 0 {
			if int64(len(defined)) != page.NumValues() {
				return errors.New("its levels do not fit its values: the file is damaged")
			}
			for i, d := range defined {
				if d < l.full {
					l.gaps = append(l.gaps, int32(l.elements+i))
				}
			}
		}
		l.rows += page.NumValues()
		l.elements += int(page.NumValues())
		return nil
	}
	if len(repeated) != len(defined) {
		return errors.New("its levels do not fit each other: the file is damaged")
	}
	for i, r := range repeated {
		if r == 0 {
			l.rows++
			l.lengths = append(l.lengths, 0)
		}
		last := len(l.lengths) - 1
		if last < 0 {
			return errors.New("its first list does not begin: the file is damaged")
		}
		switch d := defined[i]; {
		case d < l.some:
			if r != 0 {
				return errors.New("a list is empty, and has an element: the file is damaged")
			}
			if d < l.there {
				l.lengths[last] = -1
			}
			continue
		case l.lengths[last] < 0:
			return errors.New("a list is missing, and has an element: the file is damaged")
		case d < l.full:
			l.gaps = append(l.gaps, int32(l.elements))
		}
		l.lengths[last]++
		l.elements++
	}
	return nil
}

// row is the row that an element is of.
func (l *parquetLevels) row(element int) int {
	if !l.list {
		return element
	}
	if len(l.before) != len(l.lengths) {
		l.before = make([]int, len(l.lengths))
		at := 0
		for i, n := range l.lengths {
			l.before[i] = at
			at += max(0, int(n))
		}
	}
	return sort.Search(len(l.before), func(i int) bool { return l.before[i] > element }) - 1
}

// after is the element that is there n further than the first that is from some place on.
func (l *parquetLevels) after(from, n int) int {
	i, _ := slices.BinarySearch(l.gaps, int32(from))
	at := from
	for ; ; at++ {
		if i < len(l.gaps) && int(l.gaps[i]) == at {
			i++
			continue
		}
		if n == 0 {
			return at
		}
		n--
	}
}

// tell notes the values that are malformed.
func (l *parquetLevels) tell(v *parquetValues, o column.Adopting) error {
	if len(v.malformed) == 0 {
		return nil
	}
	gap, element := 0, 0
	for i := range v.len() {
		for gap < len(l.gaps) && int(l.gaps[gap]) == element {
			gap++
			element++
		}
		if err := v.malformed[i]; err != nil {
			if err := o.Fault(l.row(element), err); err != nil {
				return err
			}
		}
		element++
	}
	return nil
}

// spread puts the values that are there in their places among those that are not.
func (l *parquetLevels) spread(v *parquetValues, o column.Adopting) (*column.Values, error) {
	dense := v.values()
	if o.Optional && dense.Kind != column.String {
		numbers := column.Make(column.Float32, nil, dense.Rows)
		if err := column.Convert(numbers, dense); err != nil {
			return nil, err
		}
		dense = numbers
	}
	for i := range v.malformed {
		dense.FillGap(i, 1, o)
	}
	out := column.Make(dense.Kind, nil, l.elements)
	from, element := 0, 0
	put := func(to int) {
		for ; element < to; element, from = element+1, from+1 {
			out.CopyRow(element, dense, from, 1)
		}
	}
	for _, gap := range l.gaps {
		put(int(gap))
		out.FillGap(element, 1, o)
		element++
	}
	put(l.elements)
	return out, nil
}
