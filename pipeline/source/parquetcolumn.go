package source

import (
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"time"
	"unicode/utf8"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding"
	"github.com/parquet-go/parquet-go/format"

	"github.com/dlrun/dlrun/pipeline/column"
)

// parquetColumn reads one column of Parquet: its pages hold values of one of eight physical types, which
// a logical type gives a meaning.
type parquetColumn struct {
	name string
	leaf *parquet.Column
	kind column.Kind
	add  func(to *parquetValues, from encoding.Values, at []int32) error // appends values, those at some places where at is given
}

// parquetValues are the values of a column that were read.
type parquetValues struct {
	kind    column.Kind
	size    int // of a row; 0 where each is a single value
	u8      []uint8
	i32     []int32
	i64     []int64
	f32     []float32
	data    []byte // of texts
	offsets []int32
}

func (v *parquetValues) len() int {
	if v.kind == column.String {
		return len(v.offsets) - 1
	}
	return len(v.u8) + len(v.i32) + len(v.i64) + len(v.f32)
}

func (v *parquetValues) shape() []int {
	if v.size == 0 {
		return nil
	}
	return []int{v.size}
}

func (v *parquetValues) field(name string) column.Field {
	return column.Tensor(name, v.kind, v.shape()...)
}

func (v *parquetValues) array(rows int) arrow.Array {
	if v.kind == column.String && v.size == 0 {
		return column.Strings(v.offsets, v.data)
	}
	w := &column.Values{Kind: v.kind, Rows: rows, Shape: v.shape(), U8: v.u8, I32: v.i32, I64: v.i64, F32: v.f32}
	if v.kind == column.String {
		for i, to := range v.offsets[1:] {
			w.Str = append(w.Str, string(v.data[v.offsets[i]:to]))
		}
	}
	return w.Array()
}

func (v *parquetValues) text(s []byte) error {
	if !utf8.Valid(s) {
		return errors.New("the text is not UTF-8")
	}
	if len(v.data)+len(s) > math.MaxInt32 {
		return errors.New("the texts of a row group have more than 2 GiB")
	}
	v.data = append(v.data, s...)
	v.offsets = append(v.offsets, int32(len(v.data)))
	return nil
}

// newParquetColumn finds out how a column is read.
func newParquetColumn(p *parquet.File, name string, leaf *parquet.Column) (*parquetColumn, error) {
	c := &parquetColumn{name: name, leaf: leaf}
	var logical format.LogicalTypeValue
	if l := leaf.Type().LogicalType(); l != nil {
		logical = l.Value
	} else { // of a type that parquet-go has not got
		logical = element(p, leaf.Index()).LogicalType.Value
	}
	refuse := fmt.Errorf("it holds %s, which dlrun does not read", leaf.Type())
	switch l := logical.(type) {
	case *format.DecimalType:
		return c, c.decimal(l.Scale, refuse)
	case *format.DateType:
		c.texts(func(n int64) string { return time.Unix(n*24*3600, 0).UTC().Format(time.DateOnly) })
		return c, nil
	case *format.TimestampType:
		since, ok := map[string]func(int64) time.Time{"MILLIS": time.UnixMilli, "MICROS": time.UnixMicro, "NANOS": func(n int64) time.Time { return time.Unix(0, n) }}[l.Unit.String()]
		if !ok {
			return nil, refuse
		}
		c.texts(func(n int64) string { return column.ISO(since(n)) })
		return c, nil
	case *format.TimeType, *format.BsonType, *format.UUIDType, *format.VariantType, *format.GeometryType, *format.GeographyType:
		return nil, refuse
	case *format.Float16Type:
		c.kind = column.Float32
		c.add = func(to *parquetValues, from encoding.Values, at []int32) error {
			data, size := from.FixedLenByteArray()
			return eachFixed(data, size, at, func(b []byte) error {
				to.f32 = append(to.f32, half(uint16(b[0])|uint16(b[1])<<8))
				return nil
			})
		}
		return c, nil
	}
	unsigned := false
	if l, ok := logical.(*format.IntType); ok {
		unsigned = !l.IsSigned && l.BitWidth >= 32
	}
	switch leaf.Type().Kind() {
	case parquet.Boolean:
		c.kind, c.add = column.Uint8, addBits
	case parquet.Int32:
		c.kind = column.Int32
		c.add = func(to *parquetValues, from encoding.Values, at []int32) error {
			return each(from.Int32(), at, func(x int32) error { to.i32 = append(to.i32, x); return nil })
		}
		if unsigned {
			c.kind = column.Int64
			c.add = func(to *parquetValues, from encoding.Values, at []int32) error {
				return each(from.Uint32(), at, func(x uint32) error { to.i64 = append(to.i64, int64(x)); return nil })
			}
		}
	case parquet.Int64:
		c.kind = column.Int64
		c.add = func(to *parquetValues, from encoding.Values, at []int32) error {
			return each(from.Int64(), at, func(x int64) error {
				if unsigned && x < 0 {
					return fmt.Errorf("%d is larger than a signed 64-bit integer holds", uint64(x))
				}
				to.i64 = append(to.i64, x)
				return nil
			})
		}
	case parquet.Float:
		c.kind = column.Float32
		c.add = func(to *parquetValues, from encoding.Values, at []int32) error {
			return each(from.Float(), at, func(x float32) error { to.f32 = append(to.f32, x); return nil })
		}
	case parquet.Double:
		c.kind = column.Float32
		c.add = func(to *parquetValues, from encoding.Values, at []int32) error {
			return each(from.Double(), at, to.narrow)
		}
	case parquet.ByteArray:
		c.kind = column.String
		c.add = func(to *parquetValues, from encoding.Values, at []int32) error {
			data, offsets := from.ByteArray()
			return eachText(data, offsets, at, to.text)
		}
	default:
		return nil, refuse
	}
	return c, nil
}

// element is what the file's schema says of a leaf.
func element(p *parquet.File, leaf int) format.SchemaElement {
	for _, e := range p.Metadata().Schema {
		if !e.Type.Valid {
			continue
		}
		if leaf == 0 {
			return e
		}
		leaf--
	}
	return format.SchemaElement{}
}

func (v *parquetValues) narrow(x float64) error {
	f, err := column.Narrow(x)
	if err == nil {
		v.f32 = append(v.f32, f)
	}
	return err
}

// texts makes whole numbers texts.
func (c *parquetColumn) texts(text func(int64) string) {
	c.kind = column.String
	c.add = func(to *parquetValues, from encoding.Values, at []int32) error {
		if from.Kind() == encoding.Int32 {
			return each(from.Int32(), at, func(x int32) error { return to.text([]byte(text(int64(x)))) })
		}
		return each(from.Int64(), at, func(x int64) error { return to.text([]byte(text(x))) })
	}
}

// decimal makes whole numbers of 10^-scale float32.
func (c *parquetColumn) decimal(scale int32, refuse error) error {
	c.kind = column.Float32
	if scale < 0 || scale > 76 {
		return refuse
	}
	unit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil)
	number := func(to *parquetValues, x *big.Int) error {
		f, _ := new(big.Rat).SetFrac(x, unit).Float64()
		return to.narrow(f)
	}
	bigEndian := func(to *parquetValues) func([]byte) error {
		return func(b []byte) error {
			x := new(big.Int).SetBytes(b)
			if len(b) > 0 && b[0] >= 0x80 { // two's complement
				x.Sub(x, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
			}
			return number(to, x)
		}
	}
	c.add = func(to *parquetValues, from encoding.Values, at []int32) error {
		switch from.Kind() {
		case encoding.Int32:
			return each(from.Int32(), at, func(x int32) error { return number(to, big.NewInt(int64(x))) })
		case encoding.Int64:
			return each(from.Int64(), at, func(x int64) error { return number(to, big.NewInt(x)) })
		case encoding.FixedLenByteArray:
			data, size := from.FixedLenByteArray()
			return eachFixed(data, size, at, bigEndian(to))
		case encoding.ByteArray:
			data, offsets := from.ByteArray()
			return eachText(data, offsets, at, bigEndian(to))
		}
		return refuse
	}
	return nil
}

// each calls f with the values, or with those at some places.
func each[T any](from []T, at []int32, f func(T) error) error {
	if at == nil {
		for _, x := range from {
			if err := f(x); err != nil {
				return err
			}
		}
		return nil
	}
	for _, i := range at {
		if i < 0 || int(i) >= len(from) {
			return errIndex
		}
		if err := f(from[i]); err != nil {
			return err
		}
	}
	return nil
}

var errIndex = errors.New("an index is beyond the dictionary: the file is damaged")

func eachFixed(data []byte, size int, at []int32, f func([]byte) error) error {
	if size <= 0 {
		return errors.New("values of no size: the file is damaged")
	}
	return eachOf(len(data)/size, at, func(i int) error { return f(data[i*size : (i+1)*size]) })
}

func eachText(data []byte, offsets []uint32, at []int32, f func([]byte) error) error {
	return eachOf(max(0, len(offsets)-1), at, func(i int) error {
		lo, hi := offsets[i], offsets[i+1]
		if lo > hi || int64(hi) > int64(len(data)) {
			return errors.New("a text reaches beyond its page: the file is damaged")
		}
		return f(data[lo:hi])
	})
}

func eachOf(n int, at []int32, f func(i int) error) error {
	if at == nil {
		for i := range n {
			if err := f(i); err != nil {
				return err
			}
		}
		return nil
	}
	for _, i := range at {
		if i < 0 || int(i) >= n {
			return errIndex
		}
		if err := f(int(i)); err != nil {
			return err
		}
	}
	return nil
}

// addBits is of booleans, which lie eight to a byte; read pads the last byte's away.
func addBits(to *parquetValues, from encoding.Values, at []int32) error {
	data := from.Boolean()
	return eachOf(8*len(data), at, func(i int) error {
		to.u8 = append(to.u8, data[i/8]>>(i%8)&1)
		return nil
	})
}

// read reads the column's part of a row group of so many rows.
func (c *parquetColumn) read(chunk parquet.ColumnChunk, rows, limit int64) (*parquetValues, error) {
	v := &parquetValues{kind: c.kind}
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
	pages := chunk.Pages()
	defer pages.Close() // only read from
	levels := &parquetLevels{leaf: c.leaf}
	for {
		page, err := pages.ReadPage()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("the file is damaged: %w", err)
		}
		err = c.page(v, levels, page)
		parquet.Release(page)
		if err != nil {
			return nil, err
		}
		if need := int64(v.len())*int64(c.kind.Bytes()) + int64(len(v.data)); need > limit {
			return nil, errFull(need, limit)
		}
	}
	if err := levels.done(); err != nil {
		return nil, err
	}
	if levels.rows != rows {
		return nil, fmt.Errorf("it has %d rows, and the row group says %d: the file is damaged", levels.rows, rows)
	}
	v.size = levels.size
	if want := rows * int64(max(1, v.size)); int64(v.len()) != want {
		return nil, fmt.Errorf("it has %d values where there should be %d: the file is damaged", v.len(), want)
	}
	return v, nil
}

// page appends the values of a page.
func (c *parquetColumn) page(v *parquetValues, levels *parquetLevels, page parquet.Page) error {
	from, n := v.len(), int(page.NumValues())
	first := levels.rows
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
	if err != nil && err != errIndex && levels.size == 0 {
		return &column.RowError{Row: int(first) + v.len() - from, Err: err}
	}
	return err
}

// parquetLevels follows the levels of a column, which tell where a value is missing and where a row's
// list begins.
type parquetLevels struct {
	leaf *parquet.Column
	rows int64
	size int // of a list; 0 before one was seen whole, and where there are none
	open int // elements of the list that is being read
}

func (l *parquetLevels) page(page parquet.Page) error {
	defined, repeated := page.DefinitionLevels(), page.RepetitionLevels()
	if l.leaf.MaxRepetitionLevel() == 0 {
		if page.NumNulls() > 0 {
			for i, d := range defined {
				if int(d) < l.leaf.MaxDefinitionLevel() {
					return &column.RowError{Row: int(l.rows) + i, Err: column.ErrMissing}
				}
			}
		}
		l.rows += page.NumValues()
		return nil
	}
	if len(repeated) != len(defined) {
		return errors.New("its levels do not fit each other: the file is damaged")
	}
	for i, r := range repeated {
		if r == 0 {
			if err := l.done(); err != nil {
				return err
			}
			l.rows++
			l.open = 0
		}
		if int(defined[i]) < l.leaf.MaxDefinitionLevel() {
			return &column.RowError{Row: int(l.rows) - 1, Err: errors.New("a list is missing, empty or has an element missing (null): rows have one length")}
		}
		l.open++
	}
	return nil
}

// done ends the list that is being read.
func (l *parquetLevels) done() error {
	if l.leaf.MaxRepetitionLevel() == 0 || l.rows == 0 {
		return nil
	}
	if l.size == 0 {
		l.size = l.open
	}
	if l.open != l.size {
		return &column.RowError{Row: int(l.rows) - 1, Err: fmt.Errorf("the list has %d elements, the first row's has %d: rows have one length", l.open, l.size)}
	}
	return nil
}
