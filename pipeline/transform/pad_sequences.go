package transform

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/pipeline/column"
)

var _ = Register("pad_sequences", func() Transform { return new(padSequences) })

// padSequences brings lists to one length. Keras: utils/sequence_utils.py.
type padSequences struct {
	maxlen     *int
	dtype      string
	padding    string
	truncating string
	value      float64

	longest int // of the train split; 0 before it was learned
}

// maxSequence bounds the length of a list.
const maxSequence = 1 << 24

func (t *padSequences) Schema(b *schema.Block) {
	b.Doc("Brings lists of numbers to one length: short ones are padded, long ones cut.", "keras.utils.pad_sequences",
		"A list column of an Arrow, Parquet or JSON file may then have a list of another length in each row. Without maxlen it is the length of the longest list of the train split. An embedding with mask_zero, or a masking layer, makes a mask of what was padded.")
	b.OptInt(&t.maxlen, "maxlen", "How many elements each list gets.", schema.AtLeast(1), schema.AtMost(maxSequence))
	b.Enum(&t.dtype, "dtype", "What the elements are.", []string{"int32", "float32"}, schema.Default("int32"))
	b.Enum(&t.padding, "padding", "Where a short list is padded.", []string{"pre", "post"}, schema.Default("pre"))
	b.Enum(&t.truncating, "truncating", "Where a long list is cut.", []string{"pre", "post"}, schema.Default("pre"))
	b.Float(&t.value, "value", "What is padded with.", schema.Default(0.0))
}

// Validate checks the value against the dtype.
func (t *padSequences) Validate() error {
	if t.dtype == "int32" && t.value != float64(int32(t.value)) {
		return schema.Atf("value", "the elements are int32, got %g", t.value)
	}
	return nil
}

// Takes asks for lists of any lengths.
func (t *padSequences) Takes() column.Kind { return column.List }

func (t *padSequences) Out(in column.Field) (column.Field, error) {
	switch {
	case in.Kind == column.String:
		return in, fmt.Errorf("it takes lists of numbers, and column %q holds text", in.Name)
	case in.Known && in.Kind != column.List && in.Kind != column.Unknown && len(in.Shape) != 1:
		return in, fmt.Errorf("it takes lists of numbers, and column %q is %s", in.Name, in.Describe())
	}
	n := -1
	if t.maxlen != nil {
		n = *t.maxlen
	} else if t.longest > 0 {
		n = t.longest
	}
	kind := column.Int32
	if t.dtype == "float32" {
		kind = column.Float32
	}
	return in.With(kind, []int{n}), nil
}

// CanFail is true: an element may not fit.
func (t *padSequences) CanFail() bool { return true }

// length is how many elements row r has.
func (t *padSequences) length(src *column.Values, r int) int {
	if src.Kind == column.List {
		return column.ListLen(src.Str[r])
	}
	return src.Size()
}

func (t *padSequences) Apply(dst, src *column.Values) error {
	n := dst.Size()
	for r := range src.Rows {
		have := t.length(src, r)
		from, to := 0, 0 // of what is taken, and where it goes
		count := min(have, n)
		if have > n && t.truncating == "pre" {
			from = have - n
		}
		if have < n && t.padding == "pre" {
			to = n - have
		}
		for i := range n {
			x := t.value
			if i >= to && i < to+count {
				if at := from + i - to; src.Kind == column.List {
					x = column.ListAt(src.Str[r], at)
				} else {
					x = src.Number(r*have + at)
				}
			}
			if dst.Kind == column.Float32 {
				f, err := column.Narrow(x)
				if err != nil {
					return &column.RowError{Row: r, Err: err}
				}
				dst.F32[r*n+i] = f
				continue
			}
			if x != math.Trunc(x) || math.Abs(x) > math.MaxInt32 {
				return &column.RowError{Row: r, Err: fmt.Errorf("%v is not a whole number of 32 bits, which is wanted here", x)}
			}
			dst.I32[r*n+i] = int32(x)
		}
	}
	return nil
}

// Learns tells whether the length comes from the data.
func (t *padSequences) Learns() bool { return t.maxlen == nil }

// Adapt begins to learn.
func (t *padSequences) Adapt(column.Field) (Learning, error) { return &longestList{t: t}, nil }

// longestList looks for the longest list.
type longestList struct {
	t    *padSequences
	most int
}

func (l *longestList) Part(rows *column.Values) (any, error) {
	most := 0
	for r := range rows.Rows {
		most = max(most, l.t.length(rows, r))
	}
	return most, nil
}

func (l *longestList) Add(part any) { l.most = max(l.most, part.(int)) }

func (l *longestList) Done() error {
	if l.most > maxSequence {
		return fmt.Errorf("the longest list has %d elements; %d are the most, and maxlen cuts it", l.most, maxSequence)
	}
	l.t.longest = max(1, l.most)
	return nil
}

// State returns what was learned.
func (t *padSequences) State() (json.RawMessage, error) {
	if !t.Learns() {
		return nil, nil
	}
	return json.Marshal(map[string]int{"length": t.longest})
}

// SetState takes back what was learned.
func (t *padSequences) SetState(_ column.Field, state json.RawMessage) error {
	var s struct{ Length int }
	if err := json.Unmarshal(state, &s); err != nil {
		return err
	}
	if s.Length < 1 || s.Length > maxSequence {
		return errors.New("the saved length of lists is missing, or is none")
	}
	t.longest = s.Length
	return nil
}
