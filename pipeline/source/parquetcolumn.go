package source

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"time"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding"
	"github.com/parquet-go/parquet-go/format"

	"github.com/dlrun/dlrun/pipeline/column"
)

// parquetColumn reads one column of Parquet: its pages hold values of one of eight physical types, which
// a logical type gives a meaning.
type parquetColumn struct {
	want   Want
	top    *parquet.Column // of which leaf is all; another where it is a list
	leaf   *parquet.Column
	kind   column.Kind
	length int                                                             // of lists, once one was read
	add    func(to *parquetValues, from encoding.Values, at []int32) error // appends values, those at some places where at is given
}

// parquetValues are the values of a column that were read.
type parquetValues struct {
	kind    column.Kind
	u8      []uint8
	i32     []int32
	i64     []int64
	f32     []float32
	data    []byte // of texts
	offsets []int32

	tolerant  bool          // a value with a mistake is replaced
	malformed map[int]error // such values, by their place
}

// fault is a mistake in the value that comes next.
func (v *parquetValues) fault(err error) error {
	if !v.tolerant {
		return err
	}
	if v.malformed == nil {
		v.malformed = map[int]error{}
	}
	v.malformed[v.len()] = err
	return nil
}

func (v *parquetValues) len() int {
	if v.kind == column.String {
		return len(v.offsets) - 1
	}
	return len(v.u8) + len(v.i32) + len(v.i64) + len(v.f32)
}

// values are all of them, a row each.
func (v *parquetValues) values() *column.Values {
	w := &column.Values{Kind: v.kind, Rows: v.len(), U8: v.u8, I32: v.i32, I64: v.i64, F32: v.f32}
	if v.kind == column.String {
		for i, to := range v.offsets[1:] {
			w.Str = append(w.Str, string(v.data[v.offsets[i]:to]))
		}
	}
	return w
}

func (v *parquetValues) text(s []byte) error {
	if !utf8.Valid(s) {
		if err := v.fault(errors.New("the text is not UTF-8")); err != nil {
			return err
		}
		s = nil
	}
	if len(v.data)+len(s) > math.MaxInt32 {
		return errors.New("the texts of a row group have more than 2 GiB")
	}
	v.data = append(v.data, s...)
	v.offsets = append(v.offsets, int32(len(v.data)))
	return nil
}

// newParquetColumn finds out how a column is read.
func newParquetColumn(p *parquet.File, want Want, top, leaf *parquet.Column) (*parquetColumn, error) {
	c := &parquetColumn{want: want, top: top, leaf: leaf}
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
			return gather(&to.i32, from.Int32(), at)
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
			if !unsigned {
				return gather(&to.i64, from.Int64(), at)
			}
			return each(from.Int64(), at, func(x int64) error {
				if x < 0 {
					if err := to.fault(fmt.Errorf("%d is larger than a signed 64-bit integer holds", uint64(x))); err != nil {
						return err
					}
					x = 0
				}
				to.i64 = append(to.i64, x)
				return nil
			})
		}
	case parquet.Float:
		c.kind = column.Float32
		c.add = func(to *parquetValues, from encoding.Values, at []int32) error {
			return gather(&to.f32, from.Float(), at)
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
	if err != nil {
		err = v.fault(err)
	}
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

// gather appends the values, or those at some places.
func gather[T any](to *[]T, from []T, at []int32) error {
	if at == nil {
		*to = append(*to, from...)
		return nil
	}
	out := *to
	for _, i := range at {
		if uint(i) >= uint(len(from)) {
			return errIndex
		}
		out = append(out, from[i])
	}
	*to = out
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
