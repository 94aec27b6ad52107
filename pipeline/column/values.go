package column

import (
	"fmt"
	"math"
)

// Values are rows of one column. Exactly the slice of its kind is set, rows one after the other in
// row-major order.
type Values struct {
	Kind  Kind
	Rows  int
	Shape []int // of one row, wholly known

	U8  []uint8
	I32 []int32
	I64 []int64
	F32 []float32
	Str []string
}

// Size is the number of elements in a row.
func (v *Values) Size() int { return Size(v.Shape) }

// Len is the number of elements in all rows.
func (v *Values) Len() int { return v.Rows * v.Size() }

// Field describes the values under a name.
func (v *Values) Field(name string) Field { return Tensor(name, v.Kind, v.Shape...) }

// Make returns zeroed values.
func Make(k Kind, shape []int, rows int) *Values {
	v := new(Values)
	v.Reset(k, shape, rows)
	return v
}

// Reset makes v hold rows of another kind and shape, reusing its memory where it is large enough.
// What the elements are afterwards is not said.
func (v *Values) Reset(k Kind, shape []int, rows int) {
	v.Kind, v.Rows = k, rows
	v.Shape = append(v.Shape[:0], shape...)
	n := v.Len()
	switch k {
	case Uint8:
		v.U8 = resize(v.U8, n)
	case Int32:
		v.I32 = resize(v.I32, n)
	case Int64:
		v.I64 = resize(v.I64, n)
	case Float32:
		v.F32 = resize(v.F32, n)
	case String, List:
		v.Str = resize(v.Str, n)
	default:
		panic("column: values of an unknown kind")
	}
}

func resize[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

// Slice returns a view of rows i to j.
func (v *Values) Slice(i, j int) *Values {
	w := new(Values)
	v.View(w, i, j)
	return w
}

// View makes w a view of rows i to j.
func (v *Values) View(w *Values, i, j int) {
	n := v.Size()
	*w = Values{Kind: v.Kind, Rows: j - i, Shape: v.Shape}
	switch v.Kind {
	case Uint8:
		w.U8 = v.U8[i*n : j*n]
	case Int32:
		w.I32 = v.I32[i*n : j*n]
	case Int64:
		w.I64 = v.I64[i*n : j*n]
	case Float32:
		w.F32 = v.F32[i*n : j*n]
	case String, List:
		w.Str = v.Str[i*n : j*n]
	}
}

// CopyRow copies row from of src to row to of v. Both hold rows of the same kind and shape.
func (v *Values) CopyRow(to int, src *Values, from, size int) {
	switch v.Kind {
	case Uint8:
		copyRow(v.U8, to, src.U8, from, size)
	case Int32:
		copyRow(v.I32, to, src.I32, from, size)
	case Int64:
		copyRow(v.I64, to, src.I64, from, size)
	case Float32:
		copyRow(v.F32, to, src.F32, from, size)
	case String, List:
		copyRow(v.Str, to, src.Str, from, size)
	}
}

func copyRow[T any](dst []T, to int, src []T, from, n int) {
	if n == 1 {
		dst[to] = src[from]
		return
	}
	copy(dst[to*n:(to+1)*n], src[from*n:(from+1)*n])
}

// Join fills v, whose rows have as many elements as there are columns, with columns of single elements of
// its kind side by side.
func (v *Values) Join(columns []*Values) {
	switch v.Kind {
	case Uint8:
		join(v.U8, columns, func(c *Values) []uint8 { return c.U8 })
	case Int32:
		join(v.I32, columns, func(c *Values) []int32 { return c.I32 })
	case Int64:
		join(v.I64, columns, func(c *Values) []int64 { return c.I64 })
	case Float32:
		join(v.F32, columns, func(c *Values) []float32 { return c.F32 })
	case String, List:
		join(v.Str, columns, func(c *Values) []string { return c.Str })
	}
}

// joinRows is how many rows are joined before the next column's turn: they stay in the nearest cache.
const joinRows = 64

func join[T any](dst []T, columns []*Values, of func(*Values) []T) {
	k := len(columns)
	for from := 0; from < len(dst); from += k * joinRows {
		rows := dst[from:min(len(dst), from+k*joinRows)]
		for i, c := range columns {
			at := i
			for _, x := range of(c)[from/k:][:len(rows)/k] {
				rows[at] = x
				at += k
			}
		}
	}
}

// Convert fills dst, whose kind says what is wanted, with the numbers of src. Integers become the
// nearest float32; a number that an integer kind cannot hold, or that is not whole, is a RowError.
func Convert(dst, src *Values) error {
	switch dst.Kind {
	case Float32:
		switch src.Kind {
		case Uint8:
			toFloats(dst.F32, src.U8)
		case Int32:
			toFloats(dst.F32, src.I32)
		case Int64:
			toFloats(dst.F32, src.I64)
		case Float32:
			copy(dst.F32, src.F32)
		default:
			return fmt.Errorf("text cannot become numbers by itself: a transform such as string_lookup does it")
		}
		return nil
	case Int32:
		switch src.Kind {
		case Uint8:
			for i, x := range src.U8 {
				dst.I32[i] = int32(x)
			}
		case Int32:
			copy(dst.I32, src.I32)
		case Int64:
			for i, x := range src.I64 {
				if x != int64(int32(x)) {
					return rowError(src, i, "%d does not fit in 32 bits", x)
				}
				dst.I32[i] = int32(x)
			}
		case Float32:
			for i, x := range src.F32 {
				n, ok := whole(x)
				if !ok || n != int64(int32(n)) {
					return rowError(src, i, "%v is not a whole number of 32 bits, which is wanted here", x)
				}
				dst.I32[i] = int32(n)
			}
		default:
			return fmt.Errorf("text cannot become integers by itself: a transform such as string_lookup does it")
		}
		return nil
	case Int64:
		switch src.Kind {
		case Uint8:
			for i, x := range src.U8 {
				dst.I64[i] = int64(x)
			}
		case Int32:
			for i, x := range src.I32 {
				dst.I64[i] = int64(x)
			}
		case Int64:
			copy(dst.I64, src.I64)
		case Float32:
			for i, x := range src.F32 {
				n, ok := whole(x)
				if !ok {
					return rowError(src, i, "%v is not a whole number, which is wanted here", x)
				}
				dst.I64[i] = n
			}
		default:
			return fmt.Errorf("text cannot become integers by itself: a transform such as string_lookup does it")
		}
		return nil
	case String, List, Uint8:
		if src.Kind == dst.Kind {
			copy(dst.Str, src.Str)
			copy(dst.U8, src.U8)
			return nil
		}
	}
	return fmt.Errorf("%s cannot become %s", src.Kind, dst.Kind)
}

func toFloats[T uint8 | int32 | int64](dst []float32, src []T) {
	for i, x := range src {
		dst[i] = float32(x)
	}
}

func whole(x float32) (int64, bool) {
	f := float64(x)
	if f != math.Floor(f) || math.Abs(f) >= 1<<62 {
		return 0, false
	}
	return int64(f), true
}

func rowError(v *Values, element int, format string, a ...any) error {
	return &RowError{Row: element / v.Size(), Err: fmt.Errorf(format, a...)}
}
