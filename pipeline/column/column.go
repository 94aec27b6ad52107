// Package column is how rows of data look between the stages of the pipeline.
//
// A Field says what one column holds: the kind of its elements and the shape of a row. Values are
// rows of one column as plain Go slices; stages compute on them. Between stages rows travel as Arrow
// records, and Values are views of an Arrow array's memory, never copies (see arrow.go for how a
// column of tensors lies in Arrow).
//
// Five kinds are enough: what files hold (bool, float16, float64, the many integers) becomes one of
// them where it is read.
package column

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Kind is the type of a column's elements.
type Kind uint8

// The kinds of elements.
const (
	Unknown Kind = iota // known after reading the data
	Uint8
	Int32
	Int64
	Float32
	String

	// Optional is asked for and never held: values of which some may be missing. Numbers are then float32, NaN where
	// one is missing, and texts Null.
	Optional

	// List is a list of any number of numbers in each row, in the place of a text: see PackList.
	List
)

// Null stands for a text that is missing, where Optional was asked for. No text is it: it is not UTF-8.
const Null = "\xff"

func (k Kind) String() string {
	return [...]string{"unknown", "uint8", "int32", "int64", "float32", "string", "optional", "lists"}[k]
}

// Integer tells whether the elements are whole numbers.
func (k Kind) Integer() bool { return k == Uint8 || k == Int32 || k == Int64 }

// Bytes is the size of an element. A string counts its header and a short text.
func (k Kind) Bytes() int {
	switch k {
	case Uint8:
		return 1
	case Int32, Float32:
		return 4
	case Int64:
		return 8
	case String, List:
		return 32
	}
	return 8
}

// Field says what a column holds.
type Field struct {
	Name    string
	Kind    Kind
	Known   bool     // whether Shape is known without reading the data
	Shape   []int    // of one row; -1 for an axis of a length not known yet
	Classes []string // what its integers stand for, where that is known
}

// Scalar is a field of one element a row.
func Scalar(name string, k Kind) Field { return Field{Name: name, Kind: k, Known: true} }

// Tensor is a field whose rows have a shape.
func Tensor(name string, k Kind, shape ...int) Field {
	return Field{Name: name, Kind: k, Known: true, Shape: shape}
}

// Size is the number of elements in a row, or -1 where the shape is not wholly known.
func (f Field) Size() int {
	if !f.Known {
		return -1
	}
	return Size(f.Shape)
}

// RowBytes is about how much memory a row takes, or -1 where the shape is not wholly known.
func (f Field) RowBytes() int {
	n := f.Size()
	if n < 0 {
		return -1
	}
	return n * f.Kind.Bytes()
}

// With returns the field with another kind and shape; the classes are dropped.
func (f Field) With(k Kind, shape []int) Field {
	return Field{Name: f.Name, Kind: k, Known: true, Shape: shape}
}

// WithKind returns the field with another kind, its shape and what is known of it kept.
func (f Field) WithKind(k Kind) Field {
	f.Kind, f.Classes = k, nil
	return f
}

// Equal tells whether rows of both look the same.
func (f Field) Equal(g Field) bool {
	return f.Kind == g.Kind && f.Known == g.Known && slices.Equal(f.Shape, g.Shape)
}

// Describe says what a row is: "uint8 [28, 28, 1]", "string", "float32 of a shape not known yet".
func (f Field) Describe() string {
	switch {
	case !f.Known:
		return f.Kind.String() + " of a shape known after reading the data"
	case len(f.Shape) == 0:
		return f.Kind.String()
	}
	return f.Kind.String() + " " + ShapeString(f.Shape)
}

// Size is the number of elements of a shape, or -1 where an axis is open.
func Size(shape []int) int {
	n := 1
	for _, d := range shape {
		if d < 0 {
			return -1
		}
		n *= d
	}
	return n
}

// ShapeString writes a shape as HCL does: [28, 28, 1], with null for an open axis.
func ShapeString(shape []int) string {
	s := make([]string, len(shape))
	for i, d := range shape {
		s[i] = strconv.Itoa(d)
		if d < 0 {
			s[i] = "null"
		}
	}
	return "[" + strings.Join(s, ", ") + "]"
}

// RowError is an error that one row caused. Row counts from 0 within the values at hand; whoever
// knows where they came from turns it into a file and a line.
type RowError struct {
	Row int
	Err error
}

func (e *RowError) Error() string { return fmt.Sprintf("row %d: %v", e.Row+1, e.Err) }
func (e *RowError) Unwrap() error { return e.Err }
