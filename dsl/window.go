package dsl

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/dlrun/dlrun/dsl/schema"
)

// windowBlock is a window block as it is written.
type windowBlock struct {
	length, stride, rate int
	orderBy, group       string
}

// maxWindow bounds the steps of a window and the rows that it spans.
const maxWindow = 1 << 24

// Schema describes a window block.
func (b *windowBlock) Schema(s *schema.Block) {
	s.Doc("Makes an example of each window over the rows, or over the tokens of a text: a time series, a language.", "keras.utils.timeseries_dataset_from_array",
		"Transforms see the rows and not the windows; an augmentation sees a window, whose first axis is the steps. A window is whole, with the rows that its targets read later, and lies within one split of the source.",
		"Where a feature's first transform takes a text apart (character_vectorization, text_vectorization, ...), the steps are its tokens, each row is a sequence of its own, and a text source reads whole files.",
		"`split` divides the windows. What learns sees the rows that windows of the train split read. Windows of different splits that overlap share rows: with sequence_stride = sequence_length they do not.")
	s.Int(&b.length, "sequence_length", "Steps of a window.", schema.AtLeast(1), schema.AtMost(maxWindow))
	s.Int(&b.stride, "sequence_stride", "How many rows later the next window begins.", schema.Default(1), schema.AtLeast(1), schema.AtMost(maxWindow))
	s.Int(&b.rate, "sampling_rate", "How many rows later a window's next step is.", schema.Default(1), schema.AtLeast(1), schema.AtMost(maxWindow))
	s.String(&b.orderBy, "order_by", "A column whose values, numbers or text such as dates, put the rows in order first. Equal ones stay as they come.", schema.Optional())
	s.String(&b.group, "group", "A column whose different values are different sequences: no window has rows of two.", schema.Optional())
}

// Validate implements schema.Validator.
func (b *windowBlock) Validate() error {
	if (b.length-1)*b.rate >= maxWindow {
		return schema.Atf("sampling_rate", "a window would span %d rows; %d is the most", (b.length-1)*b.rate+1, maxWindow)
	}
	return nil
}

// window reads a window block.
func (r *reader) window(b *hcl.Block, ctx *hcl.EvalContext) *Window {
	var wb windowBlock
	out, diags := schema.Decode(b.Body, ctx, &wb, "window", header(b))
	r.diags = append(r.diags, diags...)
	w := &Window{Length: wb.length, Stride: wb.stride, Rate: wb.rate, OrderBy: wb.orderBy, Group: wb.group, DeclRange: header(b), Ranges: out.Ranges}
	w.Unknown = diags.HasErrors() || len(out.Unknown) > 0
	return w
}

// After are the rows behind the end of a window that a target reads: 1 is the first of them, 0 the window's last.
type After struct {
	From, To int
	One      bool // the target is one row, and has no axis of steps
}

// afterOf reads the argument steps of a target.
func afterOf(v cty.Value) (*After, error) {
	wrong := fmt.Errorf("a list of two whole numbers, the first and the last row after the window's end, or the number of one is wanted; got %s", schema.Show(v))
	number := func(v cty.Value) (int, bool) {
		if v.IsNull() || v.Type() != cty.Number || !v.AsBigFloat().IsInt() {
			return 0, false
		}
		n, _ := v.AsBigFloat().Int64()
		return int(n), n >= 0 && n <= maxWindow
	}
	if n, ok := number(v); ok {
		return &After{From: n, To: n, One: true}, nil
	}
	if v.IsNull() || !v.CanIterateElements() || v.Type().IsObjectType() || v.Type().IsMapType() || v.LengthInt() != 2 {
		return nil, wrong
	}
	list := v.AsValueSlice()
	from, ok := number(list[0])
	to, ok2 := number(list[1])
	if !ok || !ok2 {
		return nil, wrong
	}
	if to < from {
		return nil, fmt.Errorf("the last row, %d, comes before the first, %d", to, from)
	}
	return &After{From: from, To: to}, nil
}
