package column

import (
	"encoding/binary"
	"fmt"
	"math"
	"unsafe"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// A column of lists of different lengths holds in the place of a text the list's numbers as float64, the least significant
// byte first: whole numbers up to 2^53 are exact.

// listNumber is how many bytes a number of a list takes.
const listNumber = 8

// PackList appends a number to what is held of a list.
func PackList(list []byte, x float64) []byte {
	return binary.LittleEndian.AppendUint64(list, math.Float64bits(x))
}

// ListLen is the number of elements of a list.
func ListLen(list string) int { return len(list) / listNumber }

// ListAt is element i of a list.
func ListAt(list string, i int) float64 {
	b := unsafe.Slice(unsafe.StringData(list[i*listNumber:(i+1)*listNumber]), listNumber)
	return math.Float64frombits(binary.LittleEndian.Uint64(b))
}

// Lists makes a column of lists over the same memory: list i is what is held from offsets[i] to offsets[i+1].
func Lists(offsets []int32, data []byte) arrow.Array {
	return array.NewBinaryData(array.NewData(arrow.BinaryTypes.Binary, len(offsets)-1,
		[]*memory.Buffer{nil, memory.NewBufferBytes(arrow.Int32Traits.CastToBytes(offsets)), memory.NewBufferBytes(data)}, nil, 0, 0))
}

// Number is element i of numbers.
func (v *Values) Number(i int) float64 {
	switch v.Kind {
	case Uint8:
		return float64(v.U8[i])
	case Int32:
		return float64(v.I32[i])
	case Int64:
		return float64(v.I64[i])
	}
	return float64(v.F32[i])
}

// ListBuilder gathers lists.
type ListBuilder struct {
	offsets []int32
	data    []byte
}

// Append adds a list of elements from and to of numbers; false where all lists are larger than Arrow's offsets.
func (b *ListBuilder) Append(from *Values, lo, hi int) bool {
	if len(b.offsets) == 0 {
		b.offsets = append(b.offsets, 0)
	}
	if len(b.data)+listNumber*(hi-lo) > math.MaxInt32 {
		return false
	}
	for i := lo; i < hi; i++ {
		b.data = PackList(b.data, from.Number(i))
	}
	b.offsets = append(b.offsets, int32(len(b.data)))
	return true
}

// Array is the column.
func (b *ListBuilder) Array() arrow.Array {
	if len(b.offsets) == 0 {
		b.offsets = append(b.offsets, 0)
	}
	return Lists(b.offsets, b.data)
}

// adoptRagged makes lists of any lengths a column of kind List.
func adoptRagged(name string, rows int, values arrow.Array, bounds func(i int) (lo, hi int64), valid func(i int) bool, o Adopting) (Field, arrow.Array, error) {
	wrong := map[int]error{} // elements, which may be of no row
	f, inner, err := Adopt(name, values, Adopting{Malformed: func(i int, err error) error { wrong[i] = err; return nil }})
	if err != nil {
		return f, nil, err
	}
	all, err := FromArray(inner, f)
	if err != nil {
		return f, nil, err
	}
	if all.Kind == String || all.Size() != 1 {
		return f, nil, fmt.Errorf("its lists are of %s, and lists of different lengths are of numbers", f.Describe())
	}
	var b ListBuilder
	for i := range rows {
		lo, hi := bounds(i)
		if lo < 0 || hi < lo || hi > int64(all.Rows) {
			return f, nil, fmt.Errorf("its lists reach beyond their elements: the file is damaged")
		}
		if !valid(i) { // told of already
			hi = lo
		}
		for at := lo; at < hi && len(wrong) > 0; at++ {
			if err := wrong[int(at)]; err != nil {
				if err := o.Fault(i, err); err != nil {
					return f, nil, err
				}
				hi = lo
			}
		}
		if !b.Append(all, int(lo), int(hi)) {
			return f, nil, fmt.Errorf("the lists of a batch take more than 2 GiB")
		}
	}
	return Scalar(name, List), b.Array(), nil
}
