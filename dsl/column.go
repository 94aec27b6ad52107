package dsl

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/dlrun/dlrun/dsl/schema"
)

// columnBlock is what a feature or target itself accepts, besides its steps.
type columnBlock struct {
	target  bool
	column  string
	columns []string
	shift   int
	steps   cty.Value
}

// Schema describes a feature or target block.
func (c *columnBlock) Schema(s *schema.Block) {
	if c.target {
		s.Doc("A tensor that the model's output of the same name is compared with; the only target may have any name.", "dlrun")
	} else {
		s.Doc("A tensor that feeds the model's input of the same name.", "dlrun")
	}
	s.String(&c.column, "column", "Column of the source, or the name of a feature, which means that feature transformed. Default: the block's own name.", schema.Optional())
	s.Strings(&c.columns, "columns", "Several columns, side by side: k columns of numbers make the shape [k].", schema.Optional())
	if c.target {
		s.Int(&c.shift, "shift", "With `window`: each step is read so many rows later, as the next token is with 1.", schema.Optional(), schema.AtLeast(0), schema.AtMost(maxWindow))
		s.Value(&c.steps, "steps", "With `window`: reads not the window's rows but those after its end, from the first to the last of a list, as in [1, 24]. A number is one row, without an axis of steps.",
			func(v cty.Value) error { _, err := afterOf(v); return err }, schema.Optional())
	}
	s.Nested(schema.Nested{Name: "transform", Labels: []string{"kind"}, Help: "A step at training and at prediction.", Kind: "transform", Ordered: true})
	s.Nested(schema.Nested{Name: "augment", Labels: []string{"kind"}, Help: "A step at training only.", Kind: "augment", Ordered: true})
}

// Validate implements schema.Validator.
func (c *columnBlock) Validate() error {
	if c.column != "" && c.columns != nil {
		return schema.Atf("columns", "`column` and `columns` say the same thing; keep one")
	}
	if c.shift != 0 && c.steps != cty.NilVal {
		return schema.Atf("steps", "`shift` and `steps` say which rows the target reads; keep one")
	}
	if c.columns != nil && len(c.columns) == 0 {
		return schema.Atf("columns", "the list is empty; name at least one column")
	}
	seen := map[string]bool{}
	for _, n := range c.columns {
		if n == "" {
			return schema.Atf("columns", "a column's name is empty")
		}
		if seen[n] {
			return schema.Atf("columns", "column %q is listed twice", n)
		}
		seen[n] = true
	}
	return nil
}

// column reads a feature or target block.
func (r *reader) column(b *hcl.Block, ctx *hcl.EvalContext) *Column {
	c := &Column{Name: b.Labels[0], DeclRange: header(b)}
	title := fmt.Sprintf("%s %q", b.Type, c.Name)
	cb := columnBlock{target: b.Type == "target"}
	content, rest, diags := b.Body.PartialContent(schema.Header(schema.Describe(&cb), false))
	if takeOpen(&diags) {
		c.Unknown = true
	}
	schema.Rephrase(diags, title, nil)
	r.diags = append(r.diags, diags...)
	if content == nil {
		return c
	}
	for _, st := range content.Blocks {
		if b.Type == "target" && st.Type == "augment" {
			r.fail(header(st).Ptr(), "Augmented target", "%s cannot be augmented: an augmentation changes what the model sees, not what it is asked for.", title)
			continue
		}
		c.Steps = append(c.Steps, Step{Named: named(st, ctx), Augment: st.Type == "augment"})
	}
	out, diags := schema.Decode(rest, ctx, &cb, title, header(b), "transform", "augment")
	r.diags = append(r.diags, diags...)
	for _, n := range []string{"shift", "steps"} {
		if at, ok := out.Ranges[n]; ok {
			if c.ahead == nil {
				c.ahead = map[string]hcl.Range{}
			}
			c.ahead[n] = at
		}
	}
	c.Shift = cb.shift
	if cb.steps != cty.NilVal {
		c.After, _ = afterOf(cb.steps) // its check has reported a wrong one
	}
	c.ColumnsRange = c.DeclRange
	switch {
	case len(out.Unknown) > 0, diags.HasErrors():
		c.Unknown = true
	case cb.columns != nil:
		c.Columns, c.ColumnsRange = cb.columns, out.Range("columns")
	case cb.column != "":
		c.Columns, c.ColumnsRange = []string{cb.column}, out.Range("column")
	default:
		c.Columns = []string{c.Name}
	}
	return c
}

// weightBlock is a weight block as it is written.
type weightBlock struct{ column, target string }

// Schema describes a weight block.
func (w *weightBlock) Schema(s *schema.Block) {
	s.Doc("A column of sample weights: how much each row counts in the loss and in weighted metrics. A row of several numbers weighs each step or pixel of the output by itself.", "dlrun")
	s.String(&w.column, "column", "Column of the source.")
	s.String(&w.target, "target", "The target that is weighted. Default: all of them.", schema.Optional())
}

func (r *reader) weight(b *hcl.Block, ctx *hcl.EvalContext) *Weight {
	var w weightBlock
	out, diags := schema.Decode(b.Body, ctx, &w, "weight", header(b))
	r.diags = append(r.diags, diags...)
	if diags.HasErrors() || len(out.Unknown) > 0 {
		return nil
	}
	return &Weight{Column: w.column, Target: w.target, DeclRange: header(b), targetRange: out.Range("target")}
}
