package transform

import (
	"fmt"

	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/internal/kernel/f32vec"
	"github.com/dlrun/dlrun/pipeline/column"
)

var _ = Register("log", func() Transform { return new(logarithm) })

// logarithm takes the natural logarithm of x + offset.
type logarithm struct{ offset float64 }

func (t *logarithm) Schema(b *schema.Block) {
	b.Doc("Takes the natural logarithm of numbers, with something added first.", "dlrun", "With offset = 1 it is keras.ops.log1p as a step of the data. In a target, predictions are turned back.")
	b.Float(&t.offset, "offset", "Added first, as 1 where there are zeros.", schema.Default(0.0))
}

func (t *logarithm) Out(in column.Field) (column.Field, error) {
	return in.WithKind(column.Float32), numeric(in)
}

// ByChannel is true: it knows nothing but the element.
func (t *logarithm) ByChannel(column.Field) bool { return true }

// CanFail is true: what is not above 0 has no logarithm.
func (t *logarithm) CanFail() bool { return true }

func (t *logarithm) Apply(dst, src *column.Values) error {
	if err := column.Convert(dst, src); err != nil {
		return err
	}
	for i, x := range dst.F32 {
		sum := float64(x) + t.offset
		if !(sum > 0) {
			return &column.RowError{Row: i / max(1, src.Size()), Err: fmt.Errorf("%v with %v added has no logarithm; a larger offset, or clipping before, would give it one", x, t.offset)}
		}
		dst.F32[i] = float32(f32vec.Log64(sum))
	}
	return nil
}

// Undo computes exp(x) - offset.
func (t *logarithm) Undo(values []float32, _ []int) {
	for i, x := range values {
		values[i] = float32(f32vec.Exp64(float64(x)) - t.offset)
	}
}
