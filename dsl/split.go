package dsl

import (
	"github.com/hashicorp/hcl/v2"

	"github.com/dlrun/dlrun/dsl/schema"
)

// splitBlock is a split block as it is written.
type splitBlock struct {
	validation, test float64
	stratify, group  string
	orderBy, column  string
	folds, fold      int
}

// maxFolds is more than anyone trains.
const maxFolds = 1000

// Schema describes a split block.
func (b *splitBlock) Schema(s *schema.Block) {
	s.Doc("Carves the validation and test splits out of the source's train part, by a seeded hash of each row's number or group.", "dlrun",
		"Sizes are approximate, except when stratified or in order.", "A source with official splits keeps them.")
	s.Float(&b.validation, "validation", "Share of the rows that is held out to watch the training.", schema.Default(0.0), schema.AtLeast(0), schema.Below(1))
	s.Float(&b.test, "test", "Share of the rows that is held out for the final evaluation.", schema.Default(0.0), schema.AtLeast(0), schema.Below(1))
	s.String(&b.stratify, "stratify", "A target, or a feature, whose classes have the same share in each split.", schema.Optional())
	s.String(&b.group, "group", "A column whose equal values stay in one split.", schema.Optional())
	s.String(&b.orderBy, "order_by", "A column to split by: the smallest values, the oldest, are for training, the largest for the test. Equal values stay in one split.", schema.Optional())
	s.String(&b.column, "column", "A column that names each row's split: train, validation (or valid, val, dev) or test.", schema.Optional())
	s.Int(&b.folds, "folds", "Number of parts of a cross-validation, one of which is for validation and the others for training. fit -fold N chooses it, fit -all-folds runs each.", schema.Default(0), schema.AtLeast(0), schema.AtMost(maxFolds))
	s.Int(&b.fold, "fold", "The part that is held out, from 1.", schema.Default(1), schema.AtLeast(1), schema.AtMost(maxFolds))
}

// Validate implements schema.Validator.
func (b *splitBlock) Validate() error {
	how := map[string]bool{"stratify": b.stratify != "", "group": b.group != "", "order_by": b.orderBy != "", "column": b.column != ""}
	switch {
	case b.validation+b.test >= 1:
		return schema.Atf("validation", "`validation` and `test` leave no rows to train on: %g + %g is not below 1", b.validation, b.test)
	case b.stratify != "" && b.group != "":
		return schema.Atf("group", "`stratify` and `group` cannot be combined: rows of a group stay together, whatever their class")
	case b.folds == 1:
		return schema.Atf("folds", "a cross-validation has at least 2 parts")
	case b.folds > 0 && b.validation > 0:
		return schema.Atf("validation", "with `folds` one of them is for validation: leave `validation` out")
	case b.folds > 0 && b.fold > b.folds:
		return schema.Atf("fold", "there are %d folds", b.folds)
	}
	for _, alone := range []string{"order_by", "column"} {
		for _, other := range []string{"stratify", "group", "order_by", "column"} {
			if how[alone] && how[other] && alone != other {
				return schema.Atf(alone, "`%s` and `%s` cannot be combined: each says by itself where a row belongs", alone, other)
			}
		}
		if how[alone] && b.folds > 0 {
			return schema.Atf("folds", "`folds` and `%s` cannot be combined", alone)
		}
	}
	if b.column != "" && b.validation+b.test > 0 {
		return schema.Atf("column", "the column says where each row belongs: leave `validation` and `test` out")
	}
	return nil
}

func (r *reader) split(b *hcl.Block, ctx *hcl.EvalContext) *Split {
	var sb splitBlock
	out, diags := schema.Decode(b.Body, ctx, &sb, "split", header(b))
	r.diags = append(r.diags, diags...)
	s := &Split{
		Validation: sb.validation, Test: sb.test, Stratify: sb.stratify, Group: sb.group, OrderBy: sb.orderBy, Column: sb.column,
		Folds: sb.folds, Fold: sb.fold, DeclRange: header(b), Ranges: out.Ranges, Unknown: out.Unknown,
	}
	if n := r.opts.Fold; n > 0 && s.Folds > 0 {
		if s.Fold = n; n > s.Folds {
			at, ok := out.Ranges["folds"]
			if !ok {
				at = s.DeclRange
			}
			r.fail(&at, "No such fold", "Fold %d was asked for, and there are %d.", n, s.Folds)
			s.Fold = 1
		}
	}
	for _, n := range []string{"validation", "test"} {
		if out.Failed(n) {
			s.Unknown = append(s.Unknown, n)
		}
	}
	return s
}
