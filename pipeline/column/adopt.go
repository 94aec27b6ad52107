package column

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
)

// ErrMissing says that a value is missing where every row needs one.
var ErrMissing = errors.New("the value is missing (null), and every row needs one: fill it in, or leave the row out")

// Adopt turns an array as others write it into one that the pipeline carries, over the same memory
// where it is one already. Booleans become uint8; the integers the smallest of int32 and int64 that
// holds their type; halves, doubles and decimals float32; dictionaries what they stand for; dates and points in time text
// as ISO 8601 writes it; lists that are all of one length tensors. An error that one row causes is a
// *RowError: a missing value, a list of another length, a number that is too large.
func Adopt(name string, a arrow.Array) (Field, arrow.Array, error) {
	if a.NullN() > 0 {
		for i := range a.Len() {
			if a.IsNull(i) {
				return Field{}, nil, &RowError{Row: i, Err: ErrMissing}
			}
		}
	}
	switch a := a.(type) {
	case *array.Uint8, *array.Int32, *array.Int64, *array.Float32:
		f, err := FieldOf(arrow.Field{Name: name, Type: a.DataType()})
		return f, complete(a), err
	case *array.String:
		for i := range a.Len() {
			if !utf8.ValidString(a.Value(i)) {
				return Field{}, nil, &RowError{Row: i, Err: errNotUTF8}
			}
		}
		return Scalar(name, String), complete(a), nil
	case *array.FixedSizeList:
		n := int(a.DataType().(*arrow.FixedSizeListType).Len())
		from := a.Data().Offset()
		return adoptList(name, a.ListValues(), from*n, (from+a.Len())*n, a.Len(), n)
	case array.ListLike:
		return adoptLists(name, a)
	case *array.Dictionary:
		return adoptDictionary(name, a)
	case array.ExtensionArray:
		return Adopt(name, a.Storage())
	}
	v, err := numbers(a)
	if err != nil {
		return Field{}, nil, err
	}
	return v.Field(name), v.Array(), nil
}

// complete is an array without missing values as one that has no bits for them.
func complete(a arrow.Array) arrow.Array {
	d := a.Data()
	buffers := slices.Clone(d.Buffers())
	buffers[0] = nil
	return array.MakeFromData(array.NewData(d.DataType(), d.Len(), buffers, nil, 0, d.Offset()))
}

var errNotUTF8 = errors.New("the text is not UTF-8")

// numbers copies an array of another type than the pipeline's.
func numbers(a arrow.Array) (*Values, error) {
	n := a.Len()
	switch a := a.(type) {
	case *array.Boolean:
		v := Make(Uint8, nil, n)
		for i := range n {
			if a.Value(i) {
				v.U8[i] = 1
			}
		}
		return v, nil
	case *array.Int8:
		return widen(n, a.Int8Values()), nil
	case *array.Int16:
		return widen(n, a.Int16Values()), nil
	case *array.Uint16:
		return widen(n, a.Uint16Values()), nil
	case *array.Uint32:
		v := Make(Int64, nil, n)
		for i, x := range a.Uint32Values() {
			v.I64[i] = int64(x)
		}
		return v, nil
	case *array.Uint64:
		v := Make(Int64, nil, n)
		for i, x := range a.Uint64Values() {
			if x > math.MaxInt64 {
				return nil, &RowError{Row: i, Err: fmt.Errorf("%d is larger than a signed 64-bit integer holds", x)}
			}
			v.I64[i] = int64(x)
		}
		return v, nil
	case *array.Float16:
		v := Make(Float32, nil, n)
		for i, x := range a.Values() {
			v.F32[i] = x.Float32()
		}
		return v, nil
	case *array.Float64:
		return narrow(n, a.Value)
	case *array.Decimal128:
		scale := a.DataType().(*arrow.Decimal128Type).Scale
		return narrow(n, func(i int) float64 { return a.Value(i).ToFloat64(scale) })
	case *array.Decimal256:
		scale := a.DataType().(*arrow.Decimal256Type).Scale
		return narrow(n, func(i int) float64 { return a.Value(i).ToFloat64(scale) })
	case *array.LargeString:
		return texts(n, a.Value)
	case *array.Date32:
		return texts(n, func(i int) string { return a.Value(i).ToTime().Format(time.DateOnly) })
	case *array.Date64:
		return texts(n, func(i int) string { return a.Value(i).ToTime().Format(time.DateOnly) })
	case *array.Timestamp:
		unit := a.DataType().(*arrow.TimestampType).Unit
		return texts(n, func(i int) string { return ISO(a.Value(i).ToTime(unit)) })
	}
	return nil, fmt.Errorf("it holds %s, which dlrun does not read", a.DataType())
}

// ISO writes a time as ISO 8601 does, in UTC.
func ISO(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.999999999Z") }

func texts(n int, text func(i int) string) (*Values, error) {
	v := Make(String, nil, n)
	for i := range n {
		if v.Str[i] = text(i); !utf8.ValidString(v.Str[i]) {
			return nil, &RowError{Row: i, Err: errNotUTF8}
		}
	}
	return v, nil
}

func narrow(n int, number func(i int) float64) (*Values, error) {
	v := Make(Float32, nil, n)
	for i := range n {
		f, err := Narrow(number(i))
		if err != nil {
			return nil, &RowError{Row: i, Err: err}
		}
		v.F32[i] = f
	}
	return v, nil
}

func widen[T int8 | int16 | uint16](n int, from []T) *Values {
	v := Make(Int32, nil, n)
	for i, x := range from {
		v.I32[i] = int32(x)
	}
	return v
}

// Narrow makes a number float32, or says that it is too large for one.
func Narrow(x float64) (float32, error) {
	f := float32(x)
	if math.IsInf(float64(f), 0) && !math.IsInf(x, 0) {
		return 0, fmt.Errorf("%g is too large for a float32", x)
	}
	return f, nil
}

// adoptDictionary writes out what the indices stand for.
func adoptDictionary(name string, a *array.Dictionary) (Field, arrow.Array, error) {
	f, values, err := Adopt(name, a.Dictionary())
	var row *RowError
	if errors.As(err, &row) { // an entry of the dictionary, not a row
		err = fmt.Errorf("entry %d of its dictionary: %w", row.Row+1, row.Err)
	}
	if err != nil {
		return f, nil, err
	}
	all, err := FromArray(values, f)
	if err != nil {
		return f, nil, err
	}
	at := make([]Position, a.Len())
	for i := range at {
		k := a.GetValueIndex(i)
		if k < 0 || k >= all.Rows {
			return f, nil, &RowError{Row: i, Err: fmt.Errorf("its index %d is not in the dictionary, which has %d entries", k, all.Rows)}
		}
		at[i] = Position{Row: int32(k)}
	}
	out := new(Values)
	NewChunks(f, []*Values{all}).Gather(out, at)
	return f, out.Array(), nil
}

// adoptLists makes lists of one length a tensor.
func adoptLists(name string, a array.ListLike) (Field, arrow.Array, error) {
	size, from := -1, int64(0)
	for i := range a.Len() {
		lo, hi := a.ValueOffsets(i)
		if i == 0 {
			size, from = int(hi-lo), lo
		}
		if int(hi-lo) != size || lo != from+int64(i)*int64(size) || hi > int64(a.ListValues().Len()) {
			return Field{}, nil, &RowError{Row: i, Err: fmt.Errorf("the list has %d elements, the first row's has %d: rows have one length", hi-lo, size)}
		}
	}
	return adoptList(name, a.ListValues(), int(from), int(from)+a.Len()*size, a.Len(), size)
}

// adoptList makes rows of the elements from lo to hi.
func adoptList(name string, values arrow.Array, lo, hi, rows, size int) (Field, arrow.Array, error) {
	if lo < 0 || hi < lo || hi > values.Len() {
		return Field{}, nil, errors.New("its lists reach beyond their elements: the file is damaged")
	}
	if size == 0 {
		return Field{}, nil, errors.New("its rows hold nothing")
	}
	f, inner, err := Adopt(name, array.NewSlice(values, int64(lo), int64(hi)))
	var row *RowError
	if errors.As(err, &row) {
		err = &RowError{Row: row.Row / size, Err: row.Err}
	}
	if err != nil {
		return f, nil, err
	}
	v, err := FromArray(inner, f)
	if err != nil {
		return f, nil, err
	}
	v.Rows, v.Shape = rows, append([]int{size}, f.Shape...)
	return v.Field(name), v.Array(), nil
}
