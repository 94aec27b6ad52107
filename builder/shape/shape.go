// Package shape is what is known of a tensor before there is one: its shape without the batch
// axis, and its type. A dimension is a number or Unknown; a Spec that is not Known has not even a
// rank yet, because it depends on data that has not been read.
package shape

import (
	"fmt"
	"strings"
)

// Unknown is a dimension that is not known yet, or differs from batch to batch.
const Unknown = -1

// Shape is the size of each axis, without the batch axis.
type Shape []int

// String writes the shape as a user would: [28, 28, 1], with null for an open axis.
func (s Shape) String() string {
	parts := make([]string, len(s))
	for i, d := range s {
		parts[i] = "null"
		if d != Unknown {
			parts[i] = fmt.Sprint(d)
		}
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// Full tells whether every dimension is known.
func (s Shape) Full() bool {
	for _, d := range s {
		if d == Unknown {
			return false
		}
	}
	return true
}

// Size is the number of elements of one example, or Unknown.
func (s Shape) Size() int {
	n := 1
	for _, d := range s {
		if d == Unknown {
			return Unknown
		}
		n *= d
	}
	return n
}

// Equal tells whether both have the same rank and dimensions, Unknown equalling only Unknown.
func (s Shape) Equal(t Shape) bool {
	if len(s) != len(t) {
		return false
	}
	for i := range s {
		if s[i] != t[i] {
			return false
		}
	}
	return true
}

// Fits tells whether both can be the same shape once everything is known.
func (s Shape) Fits(t Shape) bool {
	if len(s) != len(t) {
		return false
	}
	for i := range s {
		if s[i] != t[i] && s[i] != Unknown && t[i] != Unknown {
			return false
		}
	}
	return true
}

// Batched is the shape with a batch axis of n in front.
func (s Shape) Batched(n int) []int { return append([]int{n}, s...) }

// Clone returns a copy that can be changed.
func (s Shape) Clone() Shape { return append(Shape(nil), s...) }

// DType is the type of a tensor's elements.
type DType string

// The types a tensor in a model can have.
const (
	Float32 DType = "float32"
	Int32   DType = "int32"
)

// Spec is what is known of a tensor.
type Spec struct {
	Shape Shape
	DType DType
	Known bool // false: not even the rank is known yet
}

// Of is a known float32 Spec.
func Of(dims ...int) Spec { return Spec{Shape: dims, DType: Float32, Known: true} }

// String writes the shape, and the type where it is not float32.
func (s Spec) String() string {
	switch {
	case !s.Known:
		return "(a shape that is not known yet)"
	case s.DType != Float32:
		return s.Shape.String() + " " + string(s.DType)
	}
	return s.Shape.String()
}

// Axis turns an axis that counts the batch as 0, as Keras does, and may count from the end, into an
// index of the Shape (which has no batch axis).
func Axis(axis, rank int) (int, error) {
	a := axis
	if a < 0 {
		a += rank + 1
	}
	if a <= 0 || a > rank {
		if a == 0 {
			return 0, fmt.Errorf("axis %d is the batch axis, which cannot stand here", axis)
		}
		return 0, fmt.Errorf("axis %d does not exist: with the batch axis there are %d, so -%d to %d", axis, rank+1, rank+1, rank)
	}
	return a - 1, nil
}
