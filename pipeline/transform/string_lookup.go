package transform

import (
	"fmt"

	"github.com/dgryski/go-farm"
	"github.com/zclconf/go-cty/cty"

	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/pipeline/column"
)

var _ = Register("string_lookup", func() Transform { return newStringLookup() })

// stringLookup turns text into the indices of a vocabulary. Keras: layers/preprocessing/string_lookup.py.
type stringLookup struct {
	lookup[string]
	oovToken  string
	maskToken cty.Value
}

func newStringLookup() *stringLookup {
	t := &stringLookup{}
	t.show = func(s string) string { return s }
	t.bucket = func(s string, n int) int { return int(farm.Fingerprint64([]byte(s)) % uint64(n)) }
	t.keys = func(v *column.Values) []string { return v.Str }
	return t
}

func (t *stringLookup) Schema(b *schema.Block) {
	b.Doc("Turns text into indices of a vocabulary, learned from the train split or given.", "keras.layers.StringLookup",
		"A learned vocabulary has the more frequent values first and, of equally frequent ones, the later in the alphabet.")
	t.bind(b)
	b.Strings(&t.given, "vocabulary", "The values in the order of their indices, instead of learning them.", schema.Optional())
	b.Value(&t.maskToken, "mask_token", "A value that stands for a missing one and gets index 0.", isText, schema.Optional())
	b.String(&t.oovToken, "oov_token", "The name of an unknown value where an index is turned back.", schema.Default("[UNK]"))
}

func isText(v cty.Value) error {
	if v.IsNull() || v.Type() != cty.String {
		return fmt.Errorf("text is wanted, got %s", schema.Show(v))
	}
	return nil
}

func (t *stringLookup) Validate() error {
	t.oov = &t.oovToken
	if t.maskToken != cty.NilVal {
		s := t.maskToken.AsString()
		t.mask = &s
	}
	return t.validate()
}

// Takes asks for the text of a column that is looked up, and for numbers where indices are turned back.
func (t *stringLookup) Takes() column.Kind {
	if t.invert {
		return column.Int64
	}
	return column.String
}

func (t *stringLookup) Out(in column.Field) (column.Field, error) {
	if !t.invert && in.Kind != column.String && in.Kind != column.Unknown {
		hint := ""
		if in.Kind.Integer() {
			hint = "; integer_lookup looks up whole numbers"
		}
		return in, fmt.Errorf("it looks up text, and column %q holds %s%s", in.Name, in.Kind, hint)
	}
	return t.out(in, column.String)
}

func (t *stringLookup) Apply(dst, src *column.Values) error {
	if !t.invert {
		return t.apply(dst, src)
	}
	for i, n := range src.I64 {
		s, err := t.unindex(n)
		if err != nil {
			return &column.RowError{Row: i / max(1, src.Size()), Err: err}
		}
		dst.Str[i] = s
	}
	return nil
}
