// Package safetensors reads and writes the safetensors format: a file of named arrays that Keras, PyTorch, JAX and
// others exchange. The same tensors always give the same bytes, and nothing that a file says can make the reader
// panic or allocate more than a small multiple of the file's own size.
//
// The format (https://github.com/huggingface/safetensors, "Format"): 8 bytes, the header's length n as a
// little-endian integer; n bytes of JSON that give each tensor's dtype, shape and place in the data; the data,
// little-endian, row-major, without gaps.
package safetensors

import (
	"encoding/binary"
	"fmt"
	"math"
	"unsafe"
)

// Limits of what is written and read.
const (
	maxHeader = 32 << 20 // bytes of JSON: about 200,000 tensors
	maxName   = 4096     // bytes of one name
	maxRank   = 64       // axes of one tensor
)

// A DType names the type of a tensor's elements as the format does.
type DType string

// The element types that dlrun makes. Others (see dtypeSize) are read as bytes.
const (
	F32  DType = "F32"
	F64  DType = "F64"
	F16  DType = "F16"
	BF16 DType = "BF16"
	I32  DType = "I32"
	I64  DType = "I64"
	U8   DType = "U8"
	U32  DType = "U32"
	Bool DType = "BOOL"
)

// dtypeSize has every element type that fills whole bytes, and its size in bytes.
var dtypeSize = map[DType]int{
	Bool: 1, U8: 1, "I8": 1, "F8_E4M3": 1, "F8_E5M2": 1, "F8_E8M0": 1,
	"I16": 2, "U16": 2, F16: 2, BF16: 2,
	I32: 4, U32: 4, F32: 4,
	I64: 8, "U64": 8, F64: 8, "C64": 8,
}

// Size returns the bytes of one element, or 0 for a type that is not known.
func (d DType) Size() int { return dtypeSize[d] }

// A Tensor is a named array.
type Tensor struct {
	Name  string
	DType DType
	Shape []int  // empty for a scalar
	Data  []byte // little-endian, row-major
}

// Len returns the number of elements that the shape says.
func (t Tensor) Len() int {
	n, err := elements(t.Shape)
	if err != nil {
		return 0
	}
	return n
}

// check says whether dtype, shape and data agree.
func (t Tensor) check() error {
	n, err := byteSize(t.DType, t.Shape)
	if err != nil {
		return fmt.Errorf("tensor %q: %w", t.Name, err)
	}
	if n != len(t.Data) {
		return fmt.Errorf("tensor %q: %d bytes of data, but %s of shape %v takes %d", t.Name, len(t.Data), t.DType, t.Shape, n)
	}
	return nil
}

// elements multiplies the axes, refusing what no memory can hold.
func elements(shape []int) (int, error) {
	if len(shape) > maxRank {
		return 0, fmt.Errorf("%d axes, at most %d are read", len(shape), maxRank)
	}
	n, empty := 1, false
	for _, d := range shape {
		switch {
		case d < 0:
			return 0, fmt.Errorf("shape %v has a negative axis", shape)
		case d == 0:
			empty = true
		case n > math.MaxInt/d:
			return 0, fmt.Errorf("shape %v has too many elements", shape)
		default:
			n *= d
		}
	}
	if empty {
		return 0, nil
	}
	return n, nil
}

func byteSize(d DType, shape []int) (int, error) {
	size := d.Size()
	if size == 0 {
		return 0, fmt.Errorf("unknown dtype %q", string(d))
	}
	n, err := elements(shape)
	if err != nil {
		return 0, err
	}
	if n > math.MaxInt/size {
		return 0, fmt.Errorf("shape %v has too many elements", shape)
	}
	return n * size, nil
}

// littleEndian is true where memory has the format's byte order, so that arrays need no conversion.
var littleEndian = binary.NativeEndian.Uint16([]byte{1, 0}) == 1

type element interface {
	float32 | float64 | int32 | int64 | uint32
}

// raw returns v's little-endian bytes. Where the machine has that byte order they are v's own memory: saving a model
// must not need a second copy of it.
func raw[T element](v []T) []byte {
	var zero T
	size := int(unsafe.Sizeof(zero))
	if len(v) == 0 {
		return nil
	}
	if littleEndian {
		return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(v))), len(v)*size)
	}
	out, err := binary.Append(make([]byte, 0, len(v)*size), binary.LittleEndian, v)
	if err != nil {
		panic(fmt.Sprintf("safetensors: encode %T: %v", v, err)) // every element type has a fixed size
	}
	return out
}

// Float32 makes a tensor of v. The data is v's own memory where the byte order allows: v must not change until the
// tensor has been written. The same holds for the other constructors.
func Float32(name string, shape []int, v []float32) Tensor { return Tensor{name, F32, shape, raw(v)} }

// Float64 makes a tensor of v; see [Float32].
func Float64(name string, shape []int, v []float64) Tensor { return Tensor{name, F64, shape, raw(v)} }

// Int32 makes a tensor of v; see [Float32].
func Int32(name string, shape []int, v []int32) Tensor { return Tensor{name, I32, shape, raw(v)} }

// Int64 makes a tensor of v; see [Float32].
func Int64(name string, shape []int, v []int64) Tensor { return Tensor{name, I64, shape, raw(v)} }

// Uint32 makes a tensor of v; see [Float32].
func Uint32(name string, shape []int, v []uint32) Tensor { return Tensor{name, U32, shape, raw(v)} }

// Uint8 makes a tensor of v, which it does not copy.
func Uint8(name string, shape []int, v []byte) Tensor { return Tensor{name, U8, shape, v} }

// Boolean makes a tensor of v: a byte for each, 0 or 1.
func Boolean(name string, shape []int, v []bool) Tensor {
	data := make([]byte, len(v))
	for i, b := range v {
		if b {
			data[i] = 1
		}
	}
	return Tensor{name, Bool, shape, data}
}

// decode copies t's data into dst, which must have exactly its length.
func decode[T element](t Tensor, d DType, dst []T) error {
	if t.DType != d {
		return fmt.Errorf("tensor %q is %s, not %s", t.Name, t.DType, d)
	}
	if err := t.check(); err != nil {
		return err
	}
	if n := t.Len(); n != len(dst) {
		return fmt.Errorf("tensor %q of shape %v has %d elements, not %d", t.Name, t.Shape, n, len(dst))
	}
	if littleEndian {
		copy(raw(dst), t.Data)
		return nil
	}
	_, err := binary.Decode(t.Data, binary.LittleEndian, dst)
	return err
}

func decoded[T element](t Tensor, d DType) ([]T, error) {
	// check bounds the allocation by the data that is there, whatever the shape says.
	if err := t.check(); err != nil {
		return nil, err
	}
	if t.DType != d {
		return nil, fmt.Errorf("tensor %q is %s, not %s", t.Name, t.DType, d)
	}
	out := make([]T, t.Len())
	return out, decode(t, d, out)
}

// Float32s returns a copy of the elements of an F32 tensor; another dtype is an error.
func (t Tensor) Float32s() ([]float32, error) { return decoded[float32](t, F32) }

// CopyFloat32s copies the elements of an F32 tensor into dst, which must have exactly their number.
func (t Tensor) CopyFloat32s(dst []float32) error { return decode(t, F32, dst) }

// Float64s returns a copy of the elements of an F64 tensor; another dtype is an error.
func (t Tensor) Float64s() ([]float64, error) { return decoded[float64](t, F64) }

// CopyFloat64s copies the elements of an F64 tensor into dst, which must have exactly their number.
func (t Tensor) CopyFloat64s(dst []float64) error { return decode(t, F64, dst) }

// Int32s returns a copy of the elements of an I32 tensor; another dtype is an error.
func (t Tensor) Int32s() ([]int32, error) { return decoded[int32](t, I32) }

// Int64s returns a copy of the elements of an I64 tensor; another dtype is an error.
func (t Tensor) Int64s() ([]int64, error) { return decoded[int64](t, I64) }

// Uint32s returns a copy of the elements of a U32 tensor; another dtype is an error.
func (t Tensor) Uint32s() ([]uint32, error) { return decoded[uint32](t, U32) }

// Uint8s returns the elements of a U8 tensor, not copied; another dtype is an error.
func (t Tensor) Uint8s() ([]byte, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	if t.DType != U8 {
		return nil, fmt.Errorf("tensor %q is %s, not %s", t.Name, t.DType, U8)
	}
	return t.Data, nil
}

// Booleans returns the elements of a BOOL tensor; another dtype, or a byte other than 0 and 1, is an error.
func (t Tensor) Booleans() ([]bool, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	if t.DType != Bool {
		return nil, fmt.Errorf("tensor %q is %s, not %s", t.Name, t.DType, Bool)
	}
	out := make([]bool, len(t.Data))
	for i, b := range t.Data {
		if b > 1 {
			return nil, fmt.Errorf("tensor %q: element %d is byte %d, not 0 or 1", t.Name, i, b)
		}
		out[i] = b == 1
	}
	return out, nil
}

// AsFloat32s returns the elements of a floating-point tensor as float32: F16 and BF16 exactly, F64 rounded to nearest.
// It serves starting weights that another program saved in another precision. Any other dtype is an error.
func (t Tensor) AsFloat32s() ([]float32, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	out := make([]float32, t.Len())
	switch t.DType {
	case F32:
		return out, decode(t, F32, out)
	case F64:
		for i := range out {
			out[i] = float32(math.Float64frombits(binary.LittleEndian.Uint64(t.Data[8*i:])))
		}
	case BF16:
		for i := range out {
			out[i] = math.Float32frombits(uint32(binary.LittleEndian.Uint16(t.Data[2*i:])) << 16)
		}
	case F16:
		for i := range out {
			out[i] = fromHalf(binary.LittleEndian.Uint16(t.Data[2*i:]))
		}
	default:
		return nil, fmt.Errorf("tensor %q is %s, not a floating-point type", t.Name, t.DType)
	}
	return out, nil
}

// fromHalf widens an IEEE 754 binary16 number, which float32 holds exactly.
func fromHalf(h uint16) float32 {
	sign := uint32(h>>15) << 31
	exp, frac := uint32(h>>10)&0x1f, uint32(h)&0x3ff
	switch exp {
	case 0: // zero or subnormal: frac × 2^-24
		v := float32(frac) * (1.0 / (1 << 24))
		return math.Float32frombits(math.Float32bits(v) | sign)
	case 0x1f: // infinity or NaN
		return math.Float32frombits(sign | 0x7f800000 | frac<<13)
	}
	return math.Float32frombits(sign | (exp+112)<<23 | frac<<13)
}
