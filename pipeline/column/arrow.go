package column

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// How columns lie in Arrow: a column of one element a row is the plain type; a column of tensors is
// a FixedSizeList of all of a row's elements in row-major order, its shape in the field's metadata
// under "shape" as "28,28,1" (a list without it is a vector). What integers stand for, where the source
// tells, is there under "classes" as a JSON list. There are no nulls: whoever reads a file refuses them
// or fills them in.
//
// Records are made by Go's allocator and collected as any Go memory: nobody has to Release them.
//
// A record says where its rows came from in the schema's metadata: "file" is a path, "row" the number
// there of its first row, from 1, so that an error found much later can name the place. "malformed" are the
// numbers, from 0 within the record, of rows that are to be left out: what they hold means nothing.
const (
	shapeKey     = "shape"
	classesKey   = "classes"
	fileKey      = "file"
	rowKey       = "row"
	malformedKey = "malformed"
)

// Origin is where the rows of a record were read.
type Origin struct {
	File string
	Row  int64 // of the first row, from 1
}

// ArrowField is the field as Arrow writes it.
func (f Field) ArrowField() arrow.Field {
	out := arrow.Field{Name: f.Name, Type: arrowType(f.Kind)}
	md := map[string]string{}
	if len(f.Shape) > 0 {
		s := make([]string, len(f.Shape))
		for i, d := range f.Shape {
			s[i] = strconv.Itoa(d)
		}
		out.Type, md[shapeKey] = arrow.FixedSizeListOfNonNullable(int32(f.Size()), out.Type), strings.Join(s, ",")
	}
	if f.Classes != nil {
		names, _ := json.Marshal(f.Classes) // a list of texts can always be written
		md[classesKey] = string(names)
	}
	if len(md) > 0 {
		out.Metadata = arrow.MetadataFrom(md)
	}
	return out
}

func arrowType(k Kind) arrow.DataType {
	switch k {
	case Uint8:
		return arrow.PrimitiveTypes.Uint8
	case Int32:
		return arrow.PrimitiveTypes.Int32
	case Int64:
		return arrow.PrimitiveTypes.Int64
	case Float32:
		return arrow.PrimitiveTypes.Float32
	case String:
		return arrow.BinaryTypes.String
	case List:
		return arrow.BinaryTypes.Binary
	}
	panic("column: a field of an unknown kind has no Arrow type")
}

// FieldOf reads what an Arrow field holds.
func FieldOf(f arrow.Field) (Field, error) {
	t, shape := f.Type, []int(nil)
	if l, ok := t.(*arrow.FixedSizeListType); ok {
		t, shape = l.Elem(), []int{int(l.Len())}
		if s, ok := f.Metadata.GetValue(shapeKey); ok {
			shape = shape[:0]
			for _, part := range strings.Split(s, ",") {
				d, err := strconv.Atoi(part)
				if err != nil || d < 0 {
					return Field{}, fmt.Errorf("column %q: bad shape %q", f.Name, s)
				}
				shape = append(shape, d)
			}
			if Size(shape) != int(l.Len()) {
				return Field{}, fmt.Errorf("column %q: shape %q does not hold %d elements", f.Name, s, l.Len())
			}
		}
	}
	for _, k := range []Kind{Uint8, Int32, Int64, Float32, String, List} {
		if arrow.TypeEqual(t, arrowType(k)) {
			out := Tensor(f.Name, k, shape...)
			if names, ok := f.Metadata.GetValue(classesKey); ok {
				if err := json.Unmarshal([]byte(names), &out.Classes); err != nil {
					return Field{}, fmt.Errorf("column %q: bad classes: %w", f.Name, err)
				}
			}
			return out, nil
		}
	}
	return Field{}, fmt.Errorf("column %q holds %s, which the pipeline does not carry", f.Name, f.Type)
}

// Array is the values as an Arrow array over the same memory; strings are copied.
func (v *Values) Array() arrow.Array {
	var inner arrow.Array
	prim := func(t arrow.DataType, b []byte) {
		inner = array.MakeFromData(array.NewData(t, v.Len(), []*memory.Buffer{nil, memory.NewBufferBytes(b)}, nil, 0, 0))
	}
	switch v.Kind {
	case Uint8:
		prim(arrow.PrimitiveTypes.Uint8, v.U8)
	case Int32:
		prim(arrow.PrimitiveTypes.Int32, arrow.Int32Traits.CastToBytes(v.I32))
	case Int64:
		prim(arrow.PrimitiveTypes.Int64, arrow.Int64Traits.CastToBytes(v.I64))
	case Float32:
		prim(arrow.PrimitiveTypes.Float32, arrow.Float32Traits.CastToBytes(v.F32))
	case String:
		b := array.NewStringBuilder(memory.DefaultAllocator)
		b.AppendValues(v.Str, nil)
		inner = b.NewArray()
	case List:
		b := array.NewBinaryBuilder(memory.DefaultAllocator, arrow.BinaryTypes.Binary)
		b.AppendStringValues(v.Str, nil)
		inner = b.NewArray()
	}
	if len(v.Shape) == 0 {
		return inner
	}
	t := v.Field("").ArrowField().Type
	return array.NewFixedSizeListData(array.NewData(t, v.Rows, []*memory.Buffer{nil}, []arrow.ArrayData{inner.Data()}, 0, 0))
}

// Strings is a column of texts that lie in data one after the other, over the same memory: text i from
// offsets[i] to offsets[i+1].
func Strings(offsets []int32, data []byte) arrow.Array {
	return array.NewStringData(array.NewData(arrow.BinaryTypes.String, len(offsets)-1,
		[]*memory.Buffer{nil, memory.NewBufferBytes(arrow.Int32Traits.CastToBytes(offsets)), memory.NewBufferBytes(data)}, nil, 0, 0))
}

// NewRecord makes a record of columns that all have rows rows.
func NewRecord(fields []Field, cols []*Values, rows int, from Origin) arrow.Record {
	arrs := make([]arrow.Array, len(cols))
	for i, v := range cols {
		arrs[i] = v.Array()
	}
	return RecordOf(fields, arrs, rows, from)
}

// RecordOf makes a record of arrays that all have rows rows, each as its field says.
func RecordOf(fields []Field, arrs []arrow.Array, rows int, from Origin) arrow.Record {
	fs := make([]arrow.Field, len(arrs))
	for i := range arrs {
		fs[i] = fields[i].ArrowField()
	}
	md := arrow.NewMetadata([]string{fileKey, rowKey}, []string{from.File, strconv.FormatInt(from.Row, 10)})
	return array.NewRecord(arrow.NewSchema(fs, &md), arrs, int64(rows))
}

// OriginOf says where a record's rows came from.
func OriginOf(r arrow.Record) Origin {
	md := r.Schema().Metadata()
	file, _ := md.GetValue(fileKey)
	s, _ := md.GetValue(rowKey)
	row, _ := strconv.ParseInt(s, 10, 64) // absent: 0, said in the error as no row at all
	return Origin{File: file, Row: row}
}

// WithMalformed notes rows of a record that are to be left out, numbered from 0, in order.
func WithMalformed(r arrow.Record, rows []int) arrow.Record {
	if len(rows) == 0 {
		return r
	}
	text := make([]byte, 0, 8*len(rows))
	for i, row := range rows {
		if i > 0 {
			text = append(text, ',')
		}
		text = strconv.AppendInt(text, int64(row), 10)
	}
	old := r.Schema().Metadata()
	md := arrow.NewMetadata(append(slices.Clone(old.Keys()), malformedKey), append(slices.Clone(old.Values()), string(text)))
	return array.NewRecord(arrow.NewSchema(r.Schema().Fields(), &md), r.Columns(), r.NumRows())
}

// MalformedOf are the rows of a record that are to be left out.
func MalformedOf(r arrow.Record) ([]int, error) {
	md := r.Schema().Metadata()
	text, ok := md.GetValue(malformedKey)
	if !ok {
		return nil, nil
	}
	var rows []int
	for part := range strings.SplitSeq(text, ",") {
		row, err := strconv.Atoi(part)
		if err != nil || row < 0 || int64(row) >= r.NumRows() {
			return nil, fmt.Errorf("a record of %d rows calls row %q malformed", r.NumRows(), part)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// FromRecord returns column i of a record as values over the same memory.
func FromRecord(r arrow.Record, i int) (*Values, error) {
	f, err := FieldOf(r.Schema().Field(i))
	if err != nil {
		return nil, err
	}
	return FromArray(r.Column(i), f)
}

// FromArray returns an Arrow array's values over the same memory. f is what its field says.
func FromArray(a arrow.Array, f Field) (*Values, error) {
	if a.NullN() > 0 {
		return nil, fmt.Errorf("column %q has missing values", f.Name)
	}
	v := &Values{Kind: f.Kind, Rows: a.Len(), Shape: f.Shape}
	lo, hi := 0, a.Len()
	if l, ok := a.(*array.FixedSizeList); ok {
		n := f.Size()
		lo, hi = l.Data().Offset()*n, (l.Data().Offset()+a.Len())*n
		a = l.ListValues()
	}
	switch a := a.(type) {
	case *array.Uint8:
		v.U8 = a.Uint8Values()[lo:hi]
	case *array.Int32:
		v.I32 = a.Int32Values()[lo:hi]
	case *array.Int64:
		v.I64 = a.Int64Values()[lo:hi]
	case *array.Float32:
		v.F32 = a.Float32Values()[lo:hi]
	case *array.String:
		v.Str = make([]string, hi-lo)
		for i := range v.Str {
			v.Str[i] = a.Value(lo + i)
		}
	case *array.Binary:
		v.Str = make([]string, hi-lo)
		for i := range v.Str {
			v.Str[i] = string(a.Value(lo + i))
		}
	default:
		return nil, fmt.Errorf("column %q holds %s, which the pipeline does not carry", f.Name, a.DataType())
	}
	return v, nil
}

// FromBuffers returns rows over the memory of an Arrow column's buffers: for text the offsets and the texts one
// after the other, for anything else the elements. Texts are copied.
func FromBuffers(f Field, rows int, buffers [][]byte) (*Values, error) {
	v := &Values{Kind: f.Kind, Rows: rows, Shape: f.Shape}
	n := v.Len()
	width := f.Kind.Bytes()
	if f.Kind == String || f.Kind == List {
		width, n = arrow.Int32SizeBytes, n+1
	}
	if len(buffers) == 0 || n > len(buffers[0])/width {
		return nil, fmt.Errorf("column %q has fewer than %d elements", f.Name, n)
	}
	b := buffers[0][:n*width]
	switch f.Kind {
	case Uint8:
		v.U8 = b
	case Int32:
		v.I32 = arrow.Int32Traits.CastFromBytes(b)
	case Int64:
		v.I64 = arrow.Int64Traits.CastFromBytes(b)
	case Float32:
		v.F32 = arrow.Float32Traits.CastFromBytes(b)
	case String, List:
		offsets := arrow.Int32Traits.CastFromBytes(b)
		lo, hi := offsets[0], offsets[n-1]
		if len(buffers) < 2 || lo < 0 || hi < lo || int(hi) > len(buffers[1]) {
			return nil, fmt.Errorf("column %q has texts that reach beyond their buffer", f.Name)
		}
		all := string(buffers[1][lo:hi])
		v.Str = make([]string, n-1)
		for i := range v.Str {
			from, to := offsets[i]-lo, offsets[i+1]-lo
			if from < 0 || to < from || int(to) > len(all) {
				return nil, fmt.Errorf("column %q has texts that reach beyond their buffer", f.Name)
			}
			v.Str[i] = all[from:to]
		}
	default:
		return nil, fmt.Errorf("column %q is of an unknown kind", f.Name)
	}
	return v, nil
}
