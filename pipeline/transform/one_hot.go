package transform

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/pipeline/column"
)

var _ = Register("one_hot", func() Transform { return new(oneHot) })

// oneHot turns a class number into a vector with a 1 in its place, as keras.utils.to_categorical.
type oneHot struct {
	given   *int
	learned int
}

func (t *oneHot) Schema(b *schema.Block) {
	b.Doc("Turns a class number into a vector that is 1 in its place and 0 elsewhere.", "dlrun",
		"It is keras.utils.to_categorical: the number of classes is learned from the train split, one more than the largest number there, unless it is given.")
	b.OptInt(&t.given, "num_classes", "Number of classes.", schema.AtLeast(1), schema.AtMost(1<<24))
}

func (t *oneHot) classes() int {
	switch {
	case t.given != nil:
		return *t.given
	case t.learned > 0:
		return t.learned
	}
	return -1
}

// Takes asks for whole numbers.
func (t *oneHot) Takes() column.Kind { return column.Int64 }

func (t *oneHot) Out(in column.Field) (column.Field, error) {
	if in.Kind == column.String {
		return in, fmt.Errorf(`it takes class numbers, and column %q holds text; string_lookup with output_mode = "one_hot" takes text`, in.Name)
	}
	return encodedField(in, "one_hot", t.classes()), nil
}

// Bound lets one_hot know how many classes there are before it has learned: a source or a lookup
// before it may say.
func (t *oneHot) Bound(n int) {
	if t.given == nil && t.learned == 0 {
		t.learned = n
	}
}

func (t *oneHot) Categories() (int, []string) { return t.classes(), nil }

func (t *oneHot) Learns() bool { return t.given == nil && t.learned == 0 }

func (t *oneHot) Adapt(column.Field) (Learning, error) { return &classLearning{t, -1}, nil }

// classLearning looks for the largest class number.
type classLearning struct {
	*oneHot
	largest int64
}

func (l *classLearning) Part(rows *column.Values) (any, error) {
	largest := int64(-1)
	for i, n := range rows.I64 {
		if n < 0 || n >= 1<<24 {
			return nil, &column.RowError{Row: i / max(1, rows.Size()), Err: fmt.Errorf("%d is no class number: they count from 0", n)}
		}
		largest = max(largest, n)
	}
	return largest, nil
}

func (l *classLearning) Add(part any) { l.largest = max(l.largest, part.(int64)) }

func (l *classLearning) Done() error {
	if l.largest < 0 {
		return errors.New("there are no rows to count the classes of")
	}
	l.learned = int(l.largest) + 1
	return nil
}

func (t *oneHot) State() (json.RawMessage, error) {
	if t.given != nil {
		return nil, nil
	}
	return json.Marshal(map[string]int{"num_classes": t.learned})
}

func (t *oneHot) SetState(in column.Field, state json.RawMessage) error {
	var s struct {
		NumClasses int `json:"num_classes"`
	}
	if err := json.Unmarshal(state, &s); err != nil {
		return err
	}
	if s.NumClasses < 1 || s.NumClasses > 1<<24 {
		return fmt.Errorf("%d is no number of classes", s.NumClasses)
	}
	t.learned = s.NumClasses
	return nil
}

// CanFail is true: a row may hold a number that is no class.
func (t *oneHot) CanFail() bool { return true }

func (t *oneHot) Apply(dst, src *column.Values) error {
	return encodeClasses(dst, src, "one_hot", t.classes())
}

// encodeClasses writes class numbers as vectors; a number that is no class is an error.
func encodeClasses(dst, src *column.Values, mode string, n int) error {
	e := encoder{mode: mode, depth: n, dst: dst.F32, vector: lastAxis(src.Shape)}
	e.clear()
	for i, c := range src.I64 {
		if c < 0 || c >= int64(n) {
			return &column.RowError{Row: i / max(1, src.Size()), Err: fmt.Errorf("%d is not one of the %d classes, which count from 0", c, n)}
		}
		e.put(i, int(c))
	}
	return nil
}
