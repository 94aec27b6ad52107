package transform

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/pipeline/column"
)

var _ = Register("imputation", func() Transform { return new(imputation) })

// imputation fills in missing values.
type imputation struct {
	strategy  string
	fillValue cty.Value
	missing   []string
	indicator bool
	text      bool
	dtype     string
	lenient   bool // what is no number counts as missing

	numbers []float32 // what each element of a row is filled with
	words   []string  // the same, of text
}

func (t *imputation) Schema(b *schema.Block) {
	b.Doc("Fills missing values in, with something learned from the train split or given.", "dlrun",
		"A value is missing where a text file has one of missing_values, where a file of typed columns has none (null), or where a number is NaN. Of text, only constant and mode can be filled in; they need dtype = \"string\".",
		"With add_indicator a row of k values becomes 2 k: the values, then a 1 for each that was missing.")
	b.Enum(&t.strategy, "strategy", "What to fill in: the mean or the median of the values that are there, the most frequent of them (of equally frequent ones the smallest), or fill_value.", []string{"mean", "median", "mode", "constant"}, schema.Default("mean"))
	b.Value(&t.fillValue, "fill_value", `What strategy "constant" fills in.`, func(v cty.Value) error {
		if v.IsNull() || v.Type() != cty.Number && v.Type() != cty.String {
			return fmt.Errorf("a number or text is wanted, got %s", schema.Show(v))
		}
		return nil
	}, schema.Optional())
	b.Strings(&t.missing, "missing_values", "Texts that stand for a missing value; spaces around them do not count.", schema.Default([]string{"", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "?"}))
	b.Bool(&t.indicator, "add_indicator", "Tell of each value whether it was missing.", schema.Default(false))
	b.Enum(&t.dtype, "dtype", "What the values are.", []string{"float32", "string"}, schema.Default("float32"))
}

// Validate checks what belongs together.
func (t *imputation) Validate() error {
	t.text = t.dtype == "string"
	switch {
	case t.strategy == "constant" && t.fillValue == cty.NilVal:
		return schema.Atf("fill_value", `strategy "constant" needs it`)
	case t.strategy != "constant" && t.fillValue != cty.NilVal:
		return schema.Atf("fill_value", `it is of strategy "constant", and the strategy is %q`, t.strategy)
	case t.text && (t.strategy == "mean" || t.strategy == "median"):
		return schema.Atf("strategy", "text has no %s", t.strategy)
	case t.text && t.indicator:
		return schema.Atf("add_indicator", "numbers cannot stand beside text")
	case t.fillValue != cty.NilVal && t.text != (t.fillValue.Type() == cty.String):
		return schema.Atf("fill_value", "dtype is %q, got %s", t.dtype, schema.Show(t.fillValue))
	}
	return nil
}

// Takes asks for values that may be missing: of a text file their text, in which that can be seen.
func (t *imputation) Takes() column.Kind { return column.Optional }

// Lenient takes what is malformed for missing.
func (t *imputation) Lenient() { t.lenient = true }

// Wrong calls f with what is taken so.
func (t *imputation) Wrong(src *column.Values, f func(row int, err error)) {
	if t.text || !t.lenient || src.Kind != column.String {
		return
	}
	strict := *t
	strict.lenient = false
	for i := range src.Str {
		var row *column.RowError
		if _, _, err := strict.value(src, i); errors.As(err, &row) {
			f(row.Row, row.Err)
		}
	}
}

// gap tells whether a text stands for a missing value.
func (t *imputation) gap(s string) bool {
	return s == column.Null || slices.Contains(t.missing, strings.TrimSpace(s))
}

func (t *imputation) Out(in column.Field) (column.Field, error) {
	if t.text {
		if in.Kind != column.String && in.Kind != column.Unknown {
			return in, fmt.Errorf("dtype is \"string\", and column %q holds %s", in.Name, in.Kind)
		}
		return in, nil
	}
	if !in.Known || !t.indicator {
		return in.WithKind(column.Float32), nil
	}
	shape := slices.Clone(in.Shape)
	if len(shape) == 0 {
		shape = []int{1}
	}
	if n := len(shape) - 1; shape[n] > 0 {
		shape[n] *= 2
	}
	return in.With(column.Float32, shape), nil
}

// CanFail is true: a text may be no number.
func (t *imputation) CanFail() bool { return !t.text }

// value is the i-th number of rows, and whether it is there.
func (t *imputation) value(src *column.Values, i int) (float32, bool, error) {
	switch src.Kind {
	case column.String:
		s := strings.TrimSpace(src.Str[i])
		if t.gap(src.Str[i]) {
			return 0, false, nil
		}
		x, err := strconv.ParseFloat(s, 32)
		if (err != nil || math.IsInf(x, 0)) && t.lenient {
			return 0, false, nil
		}
		if err != nil || math.IsInf(x, 0) {
			return 0, false, &column.RowError{Row: i / max(1, src.Size()), Err: fmt.Errorf("%q is not a number, nor one of missing_values", clipped(s))}
		}
		return float32(x), !math.IsNaN(x), nil
	case column.Uint8:
		return float32(src.U8[i]), true, nil
	case column.Int32:
		return float32(src.I32[i]), true, nil
	case column.Int64:
		return float32(src.I64[i]), true, nil
	}
	return src.F32[i], src.F32[i] == src.F32[i], nil
}

func (t *imputation) Apply(dst, src *column.Values) error {
	size := max(1, src.Size())
	if t.text {
		for i, s := range src.Str {
			if dst.Str[i] = s; t.gap(s) {
				dst.Str[i] = t.words[i%size]
			}
		}
		return nil
	}
	last := lastAxis(src.Shape)
	for i := range size * src.Rows {
		x, there, err := t.value(src, i)
		if err != nil {
			return err
		}
		if !there {
			x = t.numbers[i%size]
		}
		if !t.indicator {
			dst.F32[i] = x
			continue
		}
		at := i/last*2*last + i%last
		dst.F32[at], dst.F32[at+last] = x, 0
		if !there {
			dst.F32[at+last] = 1
		}
	}
	return nil
}

// Learns is true: also a constant is brought to as many values as a row has.
func (t *imputation) Learns() bool { return true }

// Adapt begins to learn.
func (t *imputation) Adapt(in column.Field) (Learning, error) {
	return &imputing{t: t, size: max(1, in.Size())}, nil
}

// imputing gathers what is there of each element of a row.
type imputing struct {
	t       *imputation
	size    int
	numbers [][]float32
	words   []map[string]int
}

func (l *imputing) Part(rows *column.Values) (any, error) {
	p := &imputing{numbers: make([][]float32, l.size), words: make([]map[string]int, l.size)}
	if l.t.strategy == "constant" {
		return p, nil
	}
	if l.t.text {
		for i := range p.words {
			p.words[i] = map[string]int{}
		}
		for i, s := range rows.Str {
			if !l.t.gap(s) {
				p.words[i%l.size][s]++
			}
		}
		return p, nil
	}
	for i := range l.size * rows.Rows {
		x, there, err := l.t.value(rows, i)
		if err != nil {
			return nil, err
		}
		if there {
			p.numbers[i%l.size] = append(p.numbers[i%l.size], x)
		}
	}
	return p, nil
}

func (l *imputing) Add(part any) {
	p := part.(*imputing)
	if l.numbers == nil {
		l.numbers, l.words = p.numbers, p.words
		return
	}
	for i := range l.numbers {
		l.numbers[i] = append(l.numbers[i], p.numbers[i]...)
		for w, n := range p.words[i] {
			l.words[i][w] += n
		}
	}
}

func (l *imputing) Done() error {
	t := l.t
	t.numbers, t.words = make([]float32, l.size), make([]string, l.size)
	for i := range l.size {
		if t.strategy == "constant" {
			if t.text {
				t.words[i] = t.fillValue.AsString()
			} else {
				t.numbers[i] = floats(t.fillValue)[0]
			}
			continue
		}
		if l.numbers == nil || !t.text && len(l.numbers[i]) == 0 || t.text && len(l.words[i]) == 0 {
			return errors.New("imputation found no value in the train split to learn from")
		}
		if t.text {
			most := 0
			for w, n := range l.words[i] {
				if n > most || n == most && w < t.words[i] {
					t.words[i], most = w, n
				}
			}
			continue
		}
		t.numbers[i] = typical(t.strategy, l.numbers[i])
	}
	return nil
}

// typical is the mean, median or mode of numbers, which it puts in order.
func typical(strategy string, x []float32) float32 {
	if strategy == "mean" {
		sum := 0.0
		for _, v := range x {
			sum += float64(v)
		}
		return float32(sum / float64(len(x)))
	}
	slices.Sort(x)
	if strategy == "median" {
		n := len(x)
		return float32((float64(x[(n-1)/2]) + float64(x[n/2])) / 2)
	}
	best, most := x[0], 0
	for i := 0; i < len(x); {
		from := i
		for i < len(x) && x[i] == x[from] {
			i++
		}
		if i-from > most {
			best, most = x[from], i-from
		}
	}
	return best
}

type imputationState struct {
	Numbers []float32 `json:"numbers,omitempty"`
	Words   []string  `json:"words,omitempty"`
}

// State returns what was learned.
func (t *imputation) State() (json.RawMessage, error) {
	if t.text {
		return json.Marshal(imputationState{Words: t.words})
	}
	return json.Marshal(imputationState{Numbers: t.numbers})
}

// SetState takes back what was learned.
func (t *imputation) SetState(in column.Field, state json.RawMessage) error {
	var s imputationState
	if err := json.Unmarshal(state, &s); err != nil {
		return err
	}
	n := len(s.Numbers)
	if t.text {
		n = len(s.Words)
	}
	if n != max(1, in.Size()) {
		return fmt.Errorf("the saved values are %d, and a row has %d", n, max(1, in.Size()))
	}
	t.numbers, t.words = s.Numbers, s.Words
	return nil
}

// clipped is the beginning of a text, for an error.
func clipped(s string) string {
	if len(s) > 40 {
		s = strings.ToValidUTF8(s[:40], "") + "…"
	}
	return s
}
