package transform

import (
	"fmt"

	"github.com/dlrun/dlrun/dsl/schema"
	"github.com/dlrun/dlrun/pipeline/column"
)

var _ = Register("category_encoding", func() Transform { return new(categoryEncoding) })

// categoryEncoding turns category numbers into vectors. Keras: layers/preprocessing/category_encoding.py.
type categoryEncoding struct {
	numTokens int
	mode      string
}

func (t *categoryEncoding) Schema(b *schema.Block) {
	b.Doc("Turns category numbers into vectors with a place for each category.", "keras.layers.CategoryEncoding")
	b.Int(&t.numTokens, "num_tokens", "Number of categories.", schema.AtLeast(1), schema.AtMost(1<<24), schema.MayBeUnknown())
	b.Enum(&t.mode, "output_mode", "One vector for each number, or one for all numbers of the last axis that says which are there or how often.",
		modes[1:], schema.Default("multi_hot"))
}

// Takes asks for whole numbers.
func (t *categoryEncoding) Takes() column.Kind { return column.Int64 }

func (t *categoryEncoding) Out(in column.Field) (column.Field, error) {
	if in.Kind == column.String {
		return in, fmt.Errorf("it takes category numbers, and column %q holds text; string_lookup with output_mode = %q takes text", in.Name, t.mode)
	}
	return encodedField(in, t.mode, t.numTokens), nil
}

func (t *categoryEncoding) Categories() (int, []string) { return t.numTokens, nil }

// CanFail is true: a row may hold a number that is no category.
func (t *categoryEncoding) CanFail() bool { return true }

func (t *categoryEncoding) Apply(dst, src *column.Values) error {
	return encodeClasses(dst, src, t.mode, t.numTokens)
}
