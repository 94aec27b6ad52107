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
var ErrMissing = errors.New(`the value is missing (null), and every row needs one: a transform "imputation" at the beginning fills it in, on_error = "skip" in the dataset leaves the row out`)

// Adopting says how an array is taken in.
type Adopting struct {
	// Optional takes values that are missing; see the kind of that name.
	Optional bool

	// Length is how many elements lists have; 0 for as many as the first.
	Length int

	// Ragged takes lists of any lengths, as a column of kind List.
	Ragged bool

	// Limit is how many bytes rows may take in whose place there is something else; 0 for any.
	Limit int64

	// Malformed, where it is set, is told of a row that has a mistake, from 0, in any order and perhaps more than once. Where it
	// returns nil the row stays, with something in its place.
	Malformed func(row int, err error) error
}

// Fault is a mistake in a row; nil where the row stays.
func (o Adopting) Fault(row int, err error) error {
	if o.Malformed != nil {
		return o.Malformed(row, err)
	}
	return &RowError{Row: row, Err: err}
}

// Adopt turns an array as others write it into one that the pipeline carries, over the same memory
// where it is one already. Booleans become uint8; the integers the smallest of int32 and int64 that
// holds their type; halves, doubles and decimals float32; dictionaries what they stand for; dates and points in time text
// as ISO 8601 writes it; lists that are all of one length tensors. An error that one row causes is a
// *RowError, where o says no other: a missing value, a list of another length, a number that is too large.
func Adopt(name string, a arrow.Array, o Adopting) (Field, arrow.Array, error) {
	if a.DataType().ID() == arrow.NULL {
		return Field{}, nil, errors.New("all its values are missing (null), and nothing says what they would be")
	}
	if n := a.NullN(); n > 0 && !o.Optional {
		for i := range a.Len() {
			if a.IsNull(i) {
				if err := o.Fault(i, ErrMissing); err != nil {
					return Field{}, nil, err
				}
			}
		}
	}
	switch a := a.(type) {
	case *array.Uint8, *array.Int32, *array.Int64, *array.Float32:
		f, err := FieldOf(arrow.Field{Name: name, Type: a.DataType()})
		if err != nil || !o.Optional {
			return f, complete(a), err
		}
		v, err := FromArray(complete(a), f)
		if err != nil {
			return f, nil, err
		}
		v = withGaps(a, v)
		return v.Field(name), v.Array(), nil
	case *array.String:
		v, err := texts(a, a.Value, o)
		if err != nil {
			return Field{}, nil, err
		}
		if v == nil { // as they are
			return Scalar(name, String), complete(a), nil
		}
		return v.Field(name), v.Array(), nil
	case *array.FixedSizeList:
		if o.Ragged {
			return adoptRagged(name, a.Len(), a.ListValues(), a.ValueOffsets, a.IsValid, o)
		}
		n := int(a.DataType().(*arrow.FixedSizeListType).Len())
		from := a.Data().Offset()
		return adoptList(name, a.ListValues(), from*n, (from+a.Len())*n, a.Len(), n, o)
	case array.ListLike:
		if o.Ragged {
			return adoptRagged(name, a.Len(), a.ListValues(), a.ValueOffsets, a.IsValid, o)
		}
		return adoptLists(name, a, o)
	case *array.Dictionary:
		return adoptDictionary(name, a, o)
	case array.ExtensionArray:
		return Adopt(name, a.Storage(), o)
	}
	v, err := numbers(a, o)
	if err != nil {
		return Field{}, nil, err
	}
	if o.Optional && v.Kind != String {
		v = withGaps(a, v)
	}
	return v.Field(name), v.Array(), nil
}

// withGaps makes numbers float32, those that are missing NaN.
func withGaps(a arrow.Array, v *Values) *Values {
	out := Make(Float32, v.Shape, v.Rows)
	_ = Convert(out, v) // numbers always become float32
	for i := range a.Len() {
		if a.IsNull(i) {
			out.F32[i] = float32(math.NaN())
		}
	}
	return out
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
func numbers(a arrow.Array, o Adopting) (*Values, error) {
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
			if x > math.MaxInt64 && a.IsValid(i) {
				if err := o.Fault(i, fmt.Errorf("%d is larger than a signed 64-bit integer holds", x)); err != nil {
					return nil, err
				}
				x = 0
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
		return narrow(a, a.Value, o)
	case *array.Decimal128:
		scale := a.DataType().(*arrow.Decimal128Type).Scale
		return narrow(a, func(i int) float64 { return a.Value(i).ToFloat64(scale) }, o)
	case *array.Decimal256:
		scale := a.DataType().(*arrow.Decimal256Type).Scale
		return narrow(a, func(i int) float64 { return a.Value(i).ToFloat64(scale) }, o)
	case *array.LargeString:
		return copied(a, a.Value, o)
	case *array.Date32:
		return copied(a, func(i int) string { return a.Value(i).ToTime().Format(time.DateOnly) }, o)
	case *array.Date64:
		return copied(a, func(i int) string { return a.Value(i).ToTime().Format(time.DateOnly) }, o)
	case *array.Timestamp:
		unit := a.DataType().(*arrow.TimestampType).Unit
		return copied(a, func(i int) string { return ISO(a.Value(i).ToTime(unit)) }, o)
	}
	return nil, fmt.Errorf("it holds %s, which dlrun does not read", a.DataType())
}

// ISO writes a time as ISO 8601 does, in UTC.
func ISO(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.999999999Z") }

// copied is texts that are not in the memory of an array of texts.
func copied(a arrow.Array, text func(i int) string, o Adopting) (*Values, error) {
	v := Make(String, nil, a.Len())
	for i := range v.Str {
		if a.IsValid(i) {
			v.Str[i] = text(i)
		}
	}
	checked, err := texts(a, func(i int) string { return v.Str[i] }, o)
	if checked != nil {
		v = checked
	}
	return v, err
}

// texts checks texts, and returns a copy where one is missing or has to be replaced, nil otherwise.
func texts(a arrow.Array, text func(i int) string, o Adopting) (*Values, error) {
	var out *Values
	put := func(at int, s string) {
		if out == nil {
			out = Make(String, nil, a.Len())
			for i := range out.Str {
				if a.IsValid(i) {
					out.Str[i] = text(i)
				}
			}
		}
		out.Str[at] = s
	}
	for i := range a.Len() {
		switch {
		case a.IsNull(i) && o.Optional:
			put(i, Null)
		case a.IsNull(i):
			put(i, "")
		case !utf8.ValidString(text(i)):
			if err := o.Fault(i, errNotUTF8); err != nil {
				return nil, err
			}
			put(i, o.instead())
		}
	}
	return out, nil
}

// instead is what stands in the place of a text that is malformed.
func (o Adopting) instead() string {
	if o.Optional {
		return Null
	}
	return ""
}

func narrow(a arrow.Array, number func(i int) float64, o Adopting) (*Values, error) {
	v := Make(Float32, nil, a.Len())
	for i := range v.F32 {
		if a.IsNull(i) {
			continue
		}
		f, err := Narrow(number(i))
		if err != nil {
			if err := o.Fault(i, err); err != nil {
				return nil, err
			}
			if f = 0; o.Optional {
				f = float32(math.NaN())
			}
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
func adoptDictionary(name string, a *array.Dictionary, o Adopting) (Field, arrow.Array, error) {
	wrong := map[int]error{} // entries of the dictionary, which rows may or may not have
	entries := Adopting{Optional: o.Optional, Malformed: func(entry int, err error) error { wrong[entry] = err; return nil }}
	f, values, err := Adopt(name, a.Dictionary(), entries)
	if err != nil {
		return f, nil, err
	}
	all, err := FromArray(values, f)
	if err != nil {
		return f, nil, err
	}
	gap := all.Rows
	if o.Optional || o.Malformed != nil { // one more entry, for what is missing
		all = withEntry(all, o)
	}
	at := make([]Position, a.Len())
	for i := range at {
		k := gap
		if a.IsValid(i) {
			k = a.GetValueIndex(i)
			err := wrong[k]
			if err != nil {
				err = fmt.Errorf("entry %d of its dictionary: %w", k+1, err)
			}
			if k < 0 || k >= gap {
				err = fmt.Errorf("its index %d is not in the dictionary, which has %d entries", k, gap)
			}
			if err != nil {
				if err := o.Fault(i, err); err != nil {
					return f, nil, err
				}
				k = gap
			}
		}
		at[i] = Position{Row: int32(k)}
	}
	out := new(Values)
	NewChunks(f, []*Values{all}).Gather(out, at)
	return f, out.Array(), nil
}

// withEntry appends a row for what is missing.
func withEntry(v *Values, o Adopting) *Values {
	out := Make(v.Kind, v.Shape, v.Rows+1)
	copy(out.U8, v.U8)
	copy(out.I32, v.I32)
	copy(out.I64, v.I64)
	copy(out.F32, v.F32)
	copy(out.Str, v.Str)
	out.FillGap(v.Len(), v.Size(), o)
	return out
}

// FillGap writes what stands for n elements that are missing, or malformed.
func (v *Values) FillGap(at, n int, o Adopting) {
	for i := at; i < at+n; i++ {
		switch {
		case v.Kind == String:
			v.Str[i] = o.instead()
		case v.Kind == Float32 && o.Optional:
			v.F32[i] = float32(math.NaN())
		}
	}
}

// adoptLists makes lists of one length a tensor.
func adoptLists(name string, a array.ListLike, o Adopting) (Field, arrow.Array, error) {
	size, from := -1, int64(0)
	if o.Length > 0 {
		size = o.Length
	}
	var at []int64 // where each row's elements begin, -1 for a row without; nil while they follow each other
	if a.NullN() > 0 {
		at = make([]int64, a.Len())
	}
	for i := range a.Len() {
		lo, hi := a.ValueOffsets(i)
		if lo < 0 || hi < lo || hi > int64(a.ListValues().Len()) {
			return Field{}, nil, errors.New("its lists reach beyond their elements: the file is damaged")
		}
		if a.IsNull(i) {
			at[i] = -1
			if o.Optional { // else it is known
				if err := o.Fault(i, ErrMissing); err != nil {
					return Field{}, nil, err
				}
			}
			continue
		}
		if size < 0 && hi > lo {
			size = int(hi - lo)
		}
		if i == 0 {
			from = lo
		}
		if at == nil && (int(hi-lo) != size || lo != from+int64(i)*int64(size)) {
			at = make([]int64, a.Len())
			for k := range i {
				at[k] = from + int64(k)*int64(max(0, size))
			}
		}
		if at != nil {
			at[i] = lo
		}
		if int(hi-lo) != size {
			at[i] = -1
			if err := o.Fault(i, Uneven(int(hi-lo), size)); err != nil {
				return Field{}, nil, err
			}
		}
	}
	if at == nil {
		return adoptList(name, a.ListValues(), int(from), int(from)+a.Len()*max(0, size), a.Len(), size, o)
	}
	if size <= 0 {
		return Field{}, nil, errors.New("its rows hold nothing")
	}
	return gatherLists(name, a, at, size, o)
}

// Uneven says that a list has not the length that all have; size is not above 0 where that is not known.
func Uneven(n, size int) error {
	if n == 0 {
		return errors.New("the list is empty, and rows have one length that is not 0")
	}
	return fmt.Errorf("the list has %d elements, the first row's has %d: rows have one length", n, size)
}

// gatherLists makes rows of elements that begin at some places; -1 is a row without.
func gatherLists(name string, a array.ListLike, at []int64, size int, o Adopting) (Field, arrow.Array, error) {
	wrong := map[int]error{} // elements, which may be of no row
	inner := Adopting{Optional: o.Optional, Malformed: func(i int, err error) error { wrong[i] = err; return nil }}
	f, values, err := Adopt(name, a.ListValues(), inner)
	if err != nil {
		return f, nil, err
	}
	all, err := FromArray(values, f)
	if err != nil {
		return f, nil, err
	}
	elements := all.Size()
	if need := int64(len(at)) * int64(size) * int64(elements) * int64(f.Kind.Bytes()); o.Limit > 0 && need > o.Limit {
		return f, nil, fmt.Errorf("with lists of %d elements it would take %d bytes, and the limit is %d", size, need, o.Limit)
	}
	out := Make(f.Kind, append([]int{size}, f.Shape...), len(at))
	for row, from := range at {
		if from < 0 {
			out.FillGap(row*size*elements, size*elements, o)
			continue
		}
		for k := range size {
			if err := wrong[int(from)+k]; err != nil {
				if err := o.Fault(row, err); err != nil {
					return f, nil, err
				}
			}
			out.CopyRow(row*size+k, all, int(from)+k, elements)
		}
	}
	return out.Field(name), out.Array(), nil
}

// adoptList makes rows of the elements from lo to hi.
func adoptList(name string, values arrow.Array, lo, hi, rows, size int, o Adopting) (Field, arrow.Array, error) {
	if lo < 0 || hi < lo || hi > values.Len() {
		return Field{}, nil, errors.New("its lists reach beyond their elements: the file is damaged")
	}
	if size <= 0 {
		return Field{}, nil, errors.New("its rows hold nothing")
	}
	inner := o
	inner.Length = 0
	if o.Malformed != nil {
		inner.Malformed = func(i int, err error) error { return o.Malformed(i/size, err) }
	}
	f, elements, err := Adopt(name, array.NewSlice(values, int64(lo), int64(hi)), inner)
	var row *RowError
	if errors.As(err, &row) {
		err = &RowError{Row: row.Row / size, Err: row.Err}
	}
	if err != nil {
		return f, nil, err
	}
	v, err := FromArray(elements, f)
	if err != nil {
		return f, nil, err
	}
	v.Rows, v.Shape = rows, append([]int{size}, f.Shape...)
	return v.Field(name), v.Array(), nil
}
