package dsl

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/dlrun/dlrun/dsl/schema"
)

// What a model may cost before any of it is understood. The numbers are far above what a person writes
// and far below what hurts.
const (
	maxFileBytes = 1 << 20 // one file
	maxBytes     = 8 << 20 // all files of a document
	maxFiles     = 200     // of a directory
	maxModules   = 200     // imported, all together
	maxImports   = 20      // inside each other
	maxNesting   = 100     // brackets and templates inside each other; locals referring one to the next
	maxOperators = 1000    // operators and steps of one expression
	maxDigits    = 400     // of one number
	maxLayers    = 20000   // blocks in one body, `dynamic` written out

	maxString   = 1 << 20 // bytes of one string value
	maxElements = 1 << 17 // strings, numbers, lists, ... inside one value
	maxLoop     = 1 << 18 // elements that the loops of one expression may touch
	maxWork     = 1 << 24 // what all expressions may cost while a document is loaded, see work
)

// checkText refuses what hcl's parsers, which recurse, would not survive, and numbers whose decimal
// expansion alone would fill the memory.
func checkText(name string, src []byte) hcl.Diagnostics {
	if strings.HasSuffix(name, ".json") {
		return checkJSON(name, src)
	}
	tokens, _ := hclsyntax.LexConfig(src, name, hcl.InitialPos) // mistakes are the parser's to report
	return checkTokens(tokens)
}

// checkTemplate is checkText for the text of a template.
func checkTemplate(name string, src []byte, start hcl.Pos) hcl.Diagnostics {
	tokens, _ := hclsyntax.LexTemplate(src, name, start)
	return checkTokens(tokens)
}

// checkExpression is checkText for an expression that JSON has in a string.
func checkExpression(e hcl.Expression) hcl.Diagnostics {
	if !schema.IsJSON(e) {
		return nil
	}
	v, diags := e.Value(nil)
	if diags.HasErrors() || v.IsNull() || v.Type() != cty.String {
		return nil
	}
	tokens, _ := hclsyntax.LexExpression([]byte(v.AsString()), e.Range().Filename, e.Range().Start)
	return checkTokens(tokens)
}

// checkTokens measures nesting and the length of expressions. Chains of operators, of steps (a.b.c) and
// of template directives nest in the syntax tree although they have no brackets.
func checkTokens(tokens hclsyntax.Tokens) hcl.Diagnostics {
	type level struct {
		lines bool // a new line begins a new expression
		ops   int
	}
	levels := []level{{lines: true}}
	for _, t := range tokens {
		at := &levels[len(levels)-1]
		switch t.Type {
		case hclsyntax.TokenOBrace, hclsyntax.TokenOBrack, hclsyntax.TokenOParen, hclsyntax.TokenOQuote, hclsyntax.TokenOHeredoc,
			hclsyntax.TokenTemplateInterp, hclsyntax.TokenTemplateControl:
			if t.Type == hclsyntax.TokenOBrack || t.Type == hclsyntax.TokenTemplateControl {
				at.ops++
			}
			levels = append(levels, level{lines: t.Type == hclsyntax.TokenOBrace})
			if len(levels) > maxNesting {
				return hcl.Diagnostics{problem(&t.Range, "Nested too deep", "More than %d brackets, strings or templates stand inside each other.", maxNesting)}
			}
		case hclsyntax.TokenCBrace, hclsyntax.TokenCBrack, hclsyntax.TokenCParen, hclsyntax.TokenCQuote, hclsyntax.TokenCHeredoc, hclsyntax.TokenTemplateSeqEnd:
			if len(levels) > 1 {
				levels = levels[:len(levels)-1]
			}
		case hclsyntax.TokenComma:
			at.ops = 0
		case hclsyntax.TokenNewline:
			if at.lines {
				at.ops = 0
			}
		case hclsyntax.TokenNumberLit:
			if err := checkDigits(string(t.Bytes)); err != nil {
				return hcl.Diagnostics{problem(&t.Range, "Invalid number", "%s.", sentence(err))}
			}
		case hclsyntax.TokenStar, hclsyntax.TokenSlash, hclsyntax.TokenPlus, hclsyntax.TokenMinus, hclsyntax.TokenPercent,
			hclsyntax.TokenEqualOp, hclsyntax.TokenNotEqual, hclsyntax.TokenLessThan, hclsyntax.TokenLessThanEq,
			hclsyntax.TokenGreaterThan, hclsyntax.TokenGreaterThanEq, hclsyntax.TokenAnd, hclsyntax.TokenOr, hclsyntax.TokenBang,
			hclsyntax.TokenQuestion, hclsyntax.TokenDot, hclsyntax.TokenDoubleColon:
			at.ops++
		}
		if levels[max(0, len(levels)-2)].ops > maxOperators || levels[len(levels)-1].ops > maxOperators {
			return hcl.Diagnostics{problem(&t.Range, "Expression too long", "One expression has more than %d operators.", maxOperators)}
		}
	}
	return nil
}

// checkJSON is checkText for JSON.
func checkJSON(name string, src []byte) hcl.Diagnostics {
	pos := hcl.InitialPos
	depth := 0
	here := func(n int) *hcl.Range {
		end := pos
		end.Byte += n
		end.Column += n
		return &hcl.Range{Filename: name, Start: pos, End: end}
	}
	for i := 0; i < len(src); {
		n := 1
		switch c := src[i]; {
		case c == '[' || c == '{':
			if depth++; depth > maxNesting {
				return hcl.Diagnostics{problem(here(1), "Nested too deep", "More than %d brackets stand inside each other.", maxNesting)}
			}
		case c == ']' || c == '}':
			depth--
		case c == '"':
			for n = 1; i+n < len(src) && src[i+n] != '"' && src[i+n] != '\n'; n++ {
				if src[i+n] == '\\' {
					n++
				}
			}
			n = min(n+1, len(src)-i)
			var text string
			if json.Unmarshal(src[i:i+n], &text) != nil { // as hcl's parser, which will say so
				text = ""
			}
			if strings.Contains(text, "${") || strings.Contains(text, "%{") {
				if diags := checkTemplate(name, []byte(text), hcl.Pos{Line: pos.Line, Column: pos.Column + 1, Byte: pos.Byte + 1}); diags.HasErrors() {
					return diags
				}
			}
		case c == '-' || c >= '0' && c <= '9':
			for i+n < len(src) && strings.IndexByte("0123456789+-.eE", src[i+n]) >= 0 {
				n++
			}
			if err := checkDigits(string(src[i : i+n])); err != nil {
				return hcl.Diagnostics{problem(here(n), "Invalid number", "%s.", sentence(err))}
			}
		}
		for _, c := range src[i : i+n] {
			pos.Byte++
			pos.Column++
			if c == '\n' {
				pos.Line++
				pos.Column = 1
			}
		}
		i += n
	}
	return nil
}

var errRange = errors.New("the number is out of range: beyond about 1.8e308, or closer to 0 than 1e-320")

// checkDigits refuses numbers that are too long to be meant, or out of float64's range.
func checkDigits(s string) error {
	if len(s) > maxDigits {
		return fmt.Errorf("the number has more than %d characters", maxDigits)
	}
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		exp, err := strconv.Atoi(strings.TrimPrefix(s[i+1:], "+"))
		if errors.Is(err, strconv.ErrRange) || exp > 400 || exp < -800 {
			return errRange
		}
	}
	return nil
}

// checkNumber refuses numbers beyond float64's range. Infinity may pass: where it is used, it is an error
// that says so.
func checkNumber(f *big.Float) error {
	if f.Sign() != 0 && !f.IsInf() && (f.MantExp(nil) > 1025 || f.MantExp(nil) < -1100) {
		return errRange
	}
	return nil
}

// checkSize refuses values that are too large to be meant.
func checkSize(v cty.Value) error {
	_, err := measure(v, maxElements)
	return err
}

// measure counts what a value is made of: one for each element and each 16 bytes of text. It stops with
// an error above limit, and at a text or number that is out of bounds.
func measure(v cty.Value, limit int) (int, error) {
	n := 0
	var walk func(v cty.Value) error
	walk = func(v cty.Value) error {
		if n++; n > limit {
			return fmt.Errorf("the value has more than %d elements", limit)
		}
		v, _ = v.Unmark()
		if v == cty.NilVal || !v.IsKnown() || v.IsNull() {
			return nil
		}
		switch ty := v.Type(); {
		case ty == cty.String:
			s := v.AsString()
			if len(s) > maxString {
				return fmt.Errorf("the text is longer than %s", size(maxString))
			}
			n += len(s) / 16
		case ty == cty.Number:
			return checkNumber(v.AsBigFloat())
		case v.CanIterateElements():
			for it := v.ElementIterator(); it.Next(); {
				_, e := it.Element()
				if err := walk(e); err != nil {
					return err
				}
			}
		}
		return nil
	}
	err := walk(v)
	return n, err
}
