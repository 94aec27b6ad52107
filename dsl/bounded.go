package dsl

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
	"sync"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

func tooLong() error { return fmt.Errorf("the result would be longer than %s", size(maxString)) }

// bounded wraps a function so that neither its arguments nor its result are larger than a value may be,
// and so that it does not start on work that multiplies their sizes. Functions that take expressions
// instead of values (try, can) are left as they are.
func bounded(name string, f function.Function, work *work) function.Function {
	if name == "try" || name == "can" {
		return f
	}
	params := f.Params()
	for i := range params { // the wrapper passes everything on; f itself decides
		params[i].AllowUnknown, params[i].AllowNull, params[i].AllowDynamicType = true, true, true
	}
	spec := &function.Spec{Description: f.Description(), Params: params}
	if p := f.VarParam(); p != nil {
		all := *p
		all.AllowUnknown, all.AllowNull, all.AllowDynamicType = true, true, true
		spec.VarParam = &all
	}
	check := func(args []cty.Value) error {
		if err := work.spend(0); err != nil {
			return err
		}
		total := 0
		for i, a := range args {
			n, err := measure(a, maxElements)
			if err != nil {
				return function.NewArgError(i, err)
			}
			if total += n; total > 4*maxElements {
				return errors.New("the arguments together are too large")
			}
		}
		if err := work.spend(4 * (1 + total)); err != nil {
			return err
		}
		for _, a := range args {
			if a.IsMarked() || !a.IsWhollyKnown() {
				return nil
			}
		}
		if more := multiplies[name]; more != nil {
			return more(args)
		}
		return nil
	}
	spec.Type = func(args []cty.Value) (cty.Type, error) {
		if err := check(args); err == errTold {
			return cty.DynamicPseudoType, nil
		} else if err != nil {
			return cty.NilType, err
		}
		return f.ReturnTypeForValues(args)
	}
	spec.Impl = func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		if work.spend(0) != nil {
			return cty.DynamicVal, nil
		}
		v, err := f.Call(args)
		if err != nil {
			return cty.NilVal, err
		}
		if err := checkSize(v); err != nil {
			return cty.NilVal, err
		}
		return v, nil
	}
	return function.New(spec)
}

// multiplies are the checks of functions whose result, or work, can be far larger than their arguments.
// They see known values of the declared types.
var multiplies = map[string]func(args []cty.Value) error{
	"join": func(args []cty.Value) error {
		n := 0
		for _, l := range args[1:] {
			if !l.IsNull() && l.CanIterateElements() {
				n += l.LengthInt()
			}
		}
		return atMost(n, textLen(args[0]))
	},
	"indent": func(args []cty.Value) error {
		f, _ := number(args[0])
		if f < 0 || f > maxString {
			return function.NewArgErrorf(0, "a number of spaces from 0 to %d is wanted", maxString)
		}
		return atMost(strings.Count(text(args[1]), "\n"), int(f))
	},
	"format": func(args []cty.Value) error {
		if err := checkFormat(text(args[0])); err != nil {
			return err
		}
		longest := 0
		for _, a := range args[1:] {
			n, _ := measure(a, maxElements)
			longest = max(longest, 20*n)
		}
		return atMost(strings.Count(text(args[0]), "%"), longest)
	},
	"formatlist": func(args []cty.Value) error {
		if err := checkFormat(text(args[0])); err != nil {
			return err
		}
		rows, longest := 1, 0
		for _, a := range args[1:] {
			if !a.IsNull() && a.CanIterateElements() {
				rows = max(rows, a.LengthInt())
			}
			n, _ := measure(a, maxElements)
			longest = max(longest, 20*n)
		}
		f := text(args[0])
		if err := atMost(rows, len(f)/16); err != nil {
			return err
		}
		if rows > 1 && longest > maxWork/(1+strings.Count(f, "%")) {
			return tooLong()
		}
		return nil
	},
	"parseint": func(args []cty.Value) error {
		if len(text(args[0])) > maxDigits {
			return function.NewArgErrorf(0, "the number has more than %d characters", maxDigits)
		}
		return nil
	},
	"tonumber": func(args []cty.Value) error { return checkOperand(args[0]) },
	"range": func(args []cty.Value) error {
		for i, a := range args {
			if !a.IsNull() && a.Type() == cty.Number && a.AsBigFloat().IsInf() {
				return function.NewArgErrorf(i, "the number is infinite")
			}
		}
		return nil
	},
	"setproduct": func(args []cty.Value) error {
		n := 1
		for _, a := range args {
			if a.IsNull() || !a.CanIterateElements() {
				return nil // the function says so
			}
			n *= a.LengthInt()
			if n*len(args) > maxElements {
				return fmt.Errorf("the product would have more than %d elements", maxElements)
			}
		}
		return nil
	},
	"regex":    func(args []cty.Value) error { return checkRegex(args[0], args[1], false) },
	"regexall": func(args []cty.Value) error { return checkRegex(args[0], args[1], true) },
	"replace": func(args []cty.Value) error {
		if p := text(args[1]); len(p) > 2 && p[0] == '/' && p[len(p)-1] == '/' {
			return checkRegex(cty.StringVal(p[1:len(p)-1]), args[0], false)
		}
		return nil
	},
	"yamldecode": func(args []cty.Value) error {
		if n := len(yamlAlias.FindAllStringIndex(text(args[0]), maxAliases+1)); n > maxAliases {
			return function.NewArgErrorf(0, "the YAML has more than %d aliases (*name)", maxAliases)
		}
		return checkBrackets(text(args[0]))
	},
	"jsondecode": func(args []cty.Value) error { return checkBrackets(text(args[0])) },
}

// maxAliases bounds how far aliases of aliases can multiply a YAML text.
const maxAliases = 10

var yamlAlias = regexp.MustCompile(`(^|[\s\[{,:-])\*[^\s\]},]`)

// checkBrackets bounds the nesting of JSON or YAML, by brackets and by indentation.
func checkBrackets(s string) error {
	depth := 0
	indent, dashes := 0, 0
	line := true
	for _, c := range []byte(s) {
		switch c {
		case '[', '{':
			depth++
		case ']', '}':
			depth--
		case '\n':
			line, indent, dashes = true, 0, 0
			continue
		case ' ':
			if line {
				indent++
			}
			continue
		case '-', '?', ':':
			if dashes++; line {
				indent++
			}
			if line && dashes > maxNesting {
				return function.NewArgErrorf(0, "the text is nested more than %d deep", maxNesting)
			}
			continue
		}
		if depth > maxNesting || line && indent > 4*maxNesting {
			return function.NewArgErrorf(0, "the text is nested more than %d deep", maxNesting)
		}
		line = false
	}
	return nil
}

func text(v cty.Value) string {
	if v.IsNull() || v.Type() != cty.String {
		return ""
	}
	return v.AsString()
}

func textLen(v cty.Value) int { return len(text(v)) }

func number(v cty.Value) (float64, bool) {
	if v.IsNull() || v.Type() != cty.Number {
		return 0, false
	}
	f, _ := v.AsBigFloat().Float64()
	return f, true
}

// atMost refuses n repetitions of a text of some length where they are longer than a text may be.
func atMost(n, length int) error {
	if length > 0 && n > maxString/length {
		return tooLong()
	}
	return nil
}

var formatWidth = regexp.MustCompile(`[0-9]{4,}`)

// checkFormat refuses widths and precisions that nobody means: %1000000d.
func checkFormat(f string) error {
	for rest := f; ; {
		i := strings.IndexByte(rest, '%')
		if i < 0 {
			return nil
		}
		rest = rest[i+1:]
		end := strings.IndexFunc(rest, func(c rune) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '%' })
		if end < 0 {
			end = len(rest)
		}
		if w := formatWidth.FindString(rest[:end]); w != "" {
			return function.NewArgErrorf(0, "a width of %s is too large", clip(w))
		}
	}
}

// checkRegex bounds the product of pattern and text that matching may take.
func checkRegex(pattern, in cty.Value, all bool) error {
	p := text(pattern)
	if len(p) > 1000 {
		return function.NewArgErrorf(0, "the regular expression has more than 1000 characters")
	}
	re, err := syntax.Parse(p, syntax.Perl)
	if err != nil {
		return nil // the function says so
	}
	groups := re.MaxCap()
	prog, err := syntax.Compile(re.Simplify())
	if err != nil {
		return nil
	}
	if len(prog.Inst)*(1+textLen(in)) > 1<<25 {
		return fmt.Errorf("a regular expression of this size on %d characters takes too long", textLen(in))
	}
	if all {
		if compiled, err := regexp.Compile(p); err == nil {
			if n := len(compiled.FindAllStringIndex(text(in), -1)); n*(groups+1) > maxElements {
				return fmt.Errorf("%d matches are too many", n)
			}
		}
	}
	return nil
}

// numericParams are, by function, the places of arguments that are converted to numbers.
var numericParams = sync.OnceValue(func() map[string][]bool {
	out := map[string][]bool{}
	for name, f := range functions(place{tree: fsTree{fsys: mapFS{}}, path: "."}, &Module{}, &loader{}) {
		var is []bool
		for _, p := range f.Params() {
			is = append(is, p.Type == cty.Number)
		}
		if v := f.VarParam(); v != nil {
			is = append(is, v.Type == cty.Number)
		}
		out[name] = is
	}
	return out
})

// numeric tells whether a function converts its i-th argument to a number.
func numeric(name string, i int) bool {
	is := numericParams()[name]
	if len(is) == 0 {
		return false
	}
	return is[min(i, len(is)-1)]
}
