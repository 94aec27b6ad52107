package transform

import (
	"fmt"
	"strconv"

	"github.com/zclconf/go-cty/cty"

	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/pipeline/column"
)

var _ = Register("integer_lookup", func() Transform { return newIntegerLookup() })

// integerLookup turns whole numbers into the indices of a vocabulary. Keras:
// layers/preprocessing/integer_lookup.py.
type integerLookup struct {
	lookup[int64]
	vocabulary, maskToken, oovToken cty.Value
}

func newIntegerLookup() *integerLookup {
	t := &integerLookup{}
	t.show = func(n int64) string { return strconv.FormatInt(n, 10) }
	// floormod, as Keras by default: never negative.
	t.bucket = func(k int64, n int) int { return int((k%int64(n) + int64(n)) % int64(n)) }
	t.keys = func(v *column.Values) []int64 { return v.I64 }
	return t
}

func (t *integerLookup) Schema(b *schema.Block) {
	b.Doc("Turns whole numbers into indices of a vocabulary, learned from the train split or given.", "keras.layers.IntegerLookup",
		"A learned vocabulary has the more frequent values first and, of equally frequent ones, the greater.")
	t.bind(b)
	b.Value(&t.vocabulary, "vocabulary", "The values in the order of their indices, instead of learning them.", areIntegers, schema.Optional())
	b.Value(&t.maskToken, "mask_token", "A value that stands for a missing one and gets index 0.", isInteger, schema.Optional())
	b.Value(&t.oovToken, "oov_token", "What stands for an unknown value where an index is turned back.", isInteger, schema.Default(-1))
}

func isInteger(v cty.Value) error {
	if !v.IsNull() && v.Type() == cty.Number {
		if f := v.AsBigFloat(); f.IsInt() {
			if _, accuracy := f.Int64(); accuracy == 0 {
				return nil
			}
		}
	}
	return fmt.Errorf("a whole number of 64 bits is wanted, got %s", schema.Show(v))
}

func areIntegers(v cty.Value) error {
	if v.IsNull() || !v.CanIterateElements() || v.Type().IsObjectType() || v.Type().IsMapType() {
		return fmt.Errorf("a list of whole numbers is wanted, got %s", schema.Show(v))
	}
	for it := v.ElementIterator(); it.Next(); {
		_, e := it.Element()
		if err := isInteger(e); err != nil {
			return err
		}
	}
	return nil
}

func asInt64(v cty.Value) int64 {
	n, _ := v.AsBigFloat().Int64()
	return n
}

func (t *integerLookup) Validate() error {
	oov := asInt64(t.oovToken)
	t.oov = &oov
	if t.maskToken != cty.NilVal {
		n := asInt64(t.maskToken)
		t.mask = &n
	}
	if t.vocabulary != cty.NilVal {
		t.given = []int64{}
		for it := t.vocabulary.ElementIterator(); it.Next(); {
			_, e := it.Element()
			t.given = append(t.given, asInt64(e))
		}
	}
	return t.validate()
}

// Takes asks for whole numbers; others become them before they come here.
func (t *integerLookup) Takes() column.Kind { return column.Int64 }

func (t *integerLookup) Out(in column.Field) (column.Field, error) {
	if in.Kind == column.String {
		return in, fmt.Errorf("it looks up whole numbers, and column %q holds text; string_lookup looks up text", in.Name)
	}
	return t.out(in, column.Int64)
}

func (t *integerLookup) Apply(dst, src *column.Values) error {
	if !t.invert {
		return t.apply(dst, src)
	}
	for i, n := range src.I64 {
		k, err := t.unindex(n)
		if err != nil {
			return &column.RowError{Row: i / max(1, src.Size()), Err: err}
		}
		dst.I64[i] = k
	}
	return nil
}
