package op

import (
	"errors"
	"fmt"
)

// LabelError says that a label is no class of the output.
type LabelError struct {
	Label    int32
	Classes  int
	Position int // among the labels of the batch
	Labels   int // how many there are
}

func (e *LabelError) Error() string {
	return fmt.Sprintf("the label is %d, and the output has %d classes, 0 to %d", e.Label, e.Classes, e.Classes-1)
}

// IndexError says that an embedding was asked for a row that its table has not got.
type IndexError struct {
	Layer    string  // the path of the layer
	Index    float64 // what was asked for
	Rows     int     // of the table
	Position []int   // in the input, the example of the batch first
}

func (e *IndexError) Error() string {
	at := ""
	if len(e.Position) > 1 {
		at = fmt.Sprintf(" at position %v of the example", e.Position[1:])
	}
	return fmt.Sprintf("layer %s: index %v%s is outside the table, whose rows are 0 to %d", e.Layer, e.Index, at, e.Rows-1)
}

// PlaceError says that an index lies outside the axis that it is for.
type PlaceError struct {
	Index int32
	Size  int
}

func (e *PlaceError) Error() string {
	return fmt.Sprintf("the index %d lies outside an axis of %d elements", e.Index, e.Size)
}

// ErrNotFinite ends a step whose gradients are not finite, where the optimizer passes such steps over: no weight
// has changed, what the layers keep of their own has.
var ErrNotFinite = errors.New("a gradient is not finite")
