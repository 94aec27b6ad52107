package dsl

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/dlrun/dlrun/dsl/schema"
)

// splitBlock is a split block as it is written.
type splitBlock struct {
	validation, test float64
	stratify, group  string
	orderBy          cty.Value
	folds, fold      cty.Value
}

// Schema describes a split block.
func (b *splitBlock) Schema(s *schema.Block) {
	s.Doc("Carves the validation and test splits out of the source's train part, by a seeded hash of each row's number or group.", "dlrun",
		"Sizes are approximate, except when stratified.", "A source with official splits keeps them.")
	s.Float(&b.validation, "validation", "Share of the rows that is held out to watch the training.", schema.Default(0.0), schema.AtLeast(0), schema.Below(1))
	s.Float(&b.test, "test", "Share of the rows that is held out for the final evaluation.", schema.Default(0.0), schema.AtLeast(0), schema.Below(1))
	s.String(&b.stratify, "stratify", "A target, or a feature, whose classes have the same share in each split.", schema.Optional())
	s.String(&b.group, "group", "A column whose equal values stay in one split.", schema.Optional())
	s.Value(&b.orderBy, "order_by", "A column to split by: the smallest values are for training. Not in this version.", nil, schema.Optional())
	s.Value(&b.folds, "folds", "Number of parts of a cross-validation. Not in this version.", nil, schema.Optional())
	s.Value(&b.fold, "fold", "The part that is held out. Not in this version.", nil, schema.Optional())
}

// Validate implements schema.Validator.
func (b *splitBlock) Validate() error {
	if b.validation+b.test >= 1 {
		return schema.Atf("validation", "`validation` and `test` leave no rows to train on: %g + %g is not below 1", b.validation, b.test)
	}
	if b.stratify != "" && b.group != "" {
		return schema.Atf("group", "`stratify` and `group` cannot be combined: rows of a group stay together, whatever their class")
	}
	return nil
}

func (r *reader) split(b *hcl.Block, ctx *hcl.EvalContext) *Split {
	var sb splitBlock
	out, diags := schema.Decode(b.Body, ctx, &sb, "split", header(b))
	r.diags = append(r.diags, diags...)
	for _, n := range []string{"order_by", "folds", "fold"} {
		if at, ok := out.Ranges[n]; ok {
			r.fail(&at, "Not in this version", notYet, "`"+n+"`")
		}
	}
	s := &Split{Validation: sb.validation, Test: sb.test, Stratify: sb.stratify, Group: sb.group, DeclRange: header(b), Ranges: out.Ranges, Unknown: out.Unknown}
	for _, n := range []string{"validation", "test"} {
		if out.Failed(n) {
			s.Unknown = append(s.Unknown, n)
		}
	}
	return s
}
