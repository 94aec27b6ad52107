// Package transform holds the steps that a feature or target goes through at training and at
// prediction, one file each: rescaling, normalization, string_lookup, ...
//
// A transform maps each row by itself: rows may come in any order and any number at a time with the
// same bits. What one has to learn from the data (a mean, a vocabulary) it learns from the train split
// alone, once, in the order of the rows; from then on it is a constant that is saved with the model.
//
// Names, arguments and numerics are those of Keras' preprocessing layers; an axis counts the batch as 0.
package transform

import (
	"encoding/json"
	"fmt"
	"math"

	"github.com/zclconf/go-cty/cty"

	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/pipeline/column"
)

// Transforms is the registry of `transform "KIND"` blocks.
var Transforms = schema.NewRegistry[Transform]("transform")

// Register adds a transform to the registry.
func Register(name string, make func() Transform, aliases ...string) bool {
	return Transforms.Register(name, make, aliases...)
}

func init() {
	Transforms.Planned("stft_spectrogram", "contrast_limited_adaptive_histogram_equalization", "max_num_bounding_boxes", "pipeline")
}

// Transform is a step of a column.
type Transform interface {
	schema.Described

	// Out says what a row becomes, or why it cannot. It is asked before anything was learned (a size
	// that depends on it is then -1) and again afterwards.
	Out(in column.Field) (column.Field, error)

	// Apply fills dst, which has Out's kind and shape and as many rows as src. An error that one row
	// causes is a *column.RowError.
	Apply(dst, src *column.Values) error
}

// Taker is a transform that takes one kind of elements alone: text is read as that kind, and Apply and
// Learning get no other. To all others text is read as float32, and they get any kind of number.
type Taker interface {
	Takes() column.Kind
}

// Lenient is a transform that can take a value that is malformed for one that is missing.
type Lenient interface {
	// Lenient makes it do so.
	Lenient()

	// Wrong calls f with what is malformed in rows.
	Wrong(src *column.Values, f func(row int, err error))
}

// Learner is a transform that may have to learn from data.
type Learner interface {
	// Learns tells whether there is anything to learn, given its arguments.
	Learns() bool

	// Adapt begins to learn from rows of this field.
	Adapt(in column.Field) (Learning, error)

	// State returns what was learned, nil where the arguments say it all, and SetState takes it back.
	State() (json.RawMessage, error)
	SetState(in column.Field, state json.RawMessage) error
}

// Learning learns from the rows of the train split, a part of them at a time, in one pass. How the rows
// are cut into parts is a matter of the data alone.
type Learning interface {
	// Part sees some of the rows by themselves; it is called by several goroutines. An error that one
	// row causes is a *column.RowError.
	Part(rows *column.Values) (part any, err error)

	// Add takes what Part returned, in the order of the rows.
	Add(part any)

	// Done ends, and the transform has learned.
	Done() error
}

// Fallible is a transform whose Apply can refuse a row; rows are then checked before training begins.
type Fallible interface {
	CanFail() bool
}

// Onceler is a transform whose work is dear: it is done once, and its result kept, where that is not large.
type Onceler interface {
	Once() bool
}

// Elementwise is a transform that may map each element of a row by itself.
type Elementwise interface {
	// ByChannel tells whether what an element of such rows becomes depends on nothing but the element
	// and its index along the last axis.
	ByChannel(in column.Field) bool
}

// Inverter is a transform of numbers that can be undone.
type Inverter interface {
	// Undo turns values, rows of this shape, back in place.
	Undo(values []float32, shape []int)
}

// Categories is a transform whose output stands for a closed list of things.
type Categories interface {
	// Categories returns how many indices there are, special ones included, and their names where they
	// have any; n is -1 before it was learned.
	Categories() (n int, names []string)
}

// Sequencer is a transform that can take a text apart into a sequence of tokens, for windows over them.
type Sequencer interface {
	// Sequences tells whether it does so, as its arguments are: an index for each token.
	Sequences() bool

	// Count is the number of a text's tokens.
	Count(text string) int

	// Tokens appends the indices of a text's tokens, Count of them.
	Tokens(ids []int32, text string) []int32

	// Parts appends texts to learn from whose tokens are those of text from each span's first number to its second.
	Parts(texts []string, text string, spans [][2]int) []string
}

// Vocabulary is a transform that keeps a vocabulary.
type Vocabulary interface {
	// VocabularySize counts the special tokens too; -1 before it was learned.
	VocabularySize() int
}

// floats returns a number or a list of numbers as float32, as Keras casts them.
func floats(v cty.Value) []float32 {
	if v.Type() == cty.Number {
		f, _ := v.AsBigFloat().Float64()
		return []float32{float32(f)}
	}
	var out []float32
	for it := v.ElementIterator(); it.Next(); {
		_, e := it.Element()
		f, _ := e.AsBigFloat().Float64()
		out = append(out, float32(f))
	}
	return out
}

// isNumbers checks an argument that is a number or a list of numbers.
func isNumbers(v cty.Value) error {
	number := func(v cty.Value) error {
		if v.IsNull() || v.Type() != cty.Number {
			return fmt.Errorf("a number or a list of numbers is wanted, got %s", schema.Show(v))
		}
		if f, _ := v.AsBigFloat().Float64(); math.IsInf(float64(float32(f)), 0) {
			return fmt.Errorf("%s is too large for a float32", schema.Show(v))
		}
		return nil
	}
	if v.IsNull() || !v.CanIterateElements() {
		return number(v)
	}
	if v.Type().IsObjectType() || v.Type().IsMapType() {
		return number(v)
	}
	if v.LengthInt() == 0 {
		return fmt.Errorf("the list is empty")
	}
	for it := v.ElementIterator(); it.Next(); {
		if _, e := it.Element(); true {
			if err := number(e); err != nil {
				return err
			}
		}
	}
	return nil
}

// numeric checks that a transform of numbers is given numbers.
func numeric(in column.Field) error {
	if in.Kind == column.String {
		return fmt.Errorf("it takes numbers, and column %q holds text", in.Name)
	}
	return nil
}
