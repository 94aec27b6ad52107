// Package schema describes what the blocks of a model file accept, as data.
//
// A thing a user can name in a file (a layer, a loss, a source, a callback, ...) is a struct with a
// Schema method that binds the struct's fields one by one, the way package flag binds variables:
// name, help, default and limits stand on one line beside the field they fill. Everything else is
// derived from that one reading: decoding with located diagnostics, defaults, the JSON Schema, the
// reference pages and the suggestions for misspelt names.
//
// The words used here: an argument is an attribute of a block ("units = 64"); a choice is an argument
// that Keras calls "a string or an object": an attribute that names a registered thing, or a labelled
// block of the same name that also sets the thing's own arguments; a registry holds the things that
// can be named in one place.
package schema

import (
	"fmt"
	"math"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"
)

// Described is anything that can say what it accepts. Schema binds the receiver's fields to
// arguments and sets them to their defaults.
type Described interface {
	Schema(b *Block)
}

// Validator is a Described with rules that join several arguments. Validate runs after decoding,
// and only when every argument is known. Use At to point at the argument at fault.
type Validator interface {
	Validate() error
}

// UnknownInt fills an integer field whose value is not known yet (it depends on data that has not
// been read). It equals the unknown dimension of a shape, so that a size passes through unharmed.
const UnknownInt = -1

// Block is the description of one kind of block: its documentation and arguments in the order
// they were bound.
type Block struct {
	Summary string // one sentence: what it is
	Source  string // whose name and meaning it has: "keras.layers.Conv2D", or "dlrun"
	Notes   []string
	Args    []*Arg
	Blocks  []Nested // in the order in which help lists them

	FreeHelp string // what arguments of other names are; "" where there may be none
}

// Arg describes one argument and how to fill the field bound to it.
type Arg struct {
	Name     string
	Help     string
	Type     Type
	Required bool
	Default  string // as it would be written in HCL; "" for none
	Example  string // a value for snippets, where the type does not suggest one
	Limits   []Limit
	Choice   Choice // set where the argument is a name or a block
	List     string // for a list of choices: the name of the singular block
	Number   bool   // a choice that may also be a plain number

	per          *per // of a choice that may be given several times: what for
	mayBeUnknown bool
	path         bool   // a file's path: see Path
	null         func() // what null sets; nil where null is as if nothing had been written
	set          func(v cty.Value) error
	unknown      func()
	expr         func(e hcl.Expression, ctx *hcl.EvalContext) error
	choose       func(d *decoder, named []named) hcl.Diagnostics
	get          func(files map[string]*hcl.File) any // the field's value, for Values
}

// Type is what an argument's value has to be, for documentation and the JSON Schema.
type Type string

// The types an argument can have.
const (
	Int        Type = "integer"
	Float      Type = "number"
	Bool       Type = "bool"
	String     Type = "string"
	Ints       Type = "list of integers"
	Floats     Type = "list of numbers"
	Strings    Type = "list of strings"
	Pair       Type = "integer or pair of integers"
	Any        Type = "value"
	Expression Type = "expression"
	Named      Type = "name or block"
	NamedList  Type = "list of names, or blocks"
)

// Doc sets the one-sentence summary and whose name and meaning the block has.
func (b *Block) Doc(summary, source string, notes ...string) {
	b.Summary, b.Source, b.Notes = summary, source, notes
}

// Arg returns the description of the argument called name, or nil.
func (b *Block) Arg(name string) *Arg {
	for _, a := range b.Args {
		if a.Name == name {
			return a
		}
	}
	return nil
}

// Describe returns the description of d, whose fields it sets to their defaults.
func Describe(d Described) *Block {
	b := new(Block)
	d.Schema(b)
	return b
}

// Values returns what every argument is after decoding, defaults included, as plain values for JSON;
// a choice is an object of its name and its own values. files are for the text of expressions.
func (b *Block) Values(files map[string]*hcl.File) map[string]any {
	out := map[string]any{}
	for _, a := range b.Args {
		if a.get != nil {
			out[a.Name] = a.get(files)
		}
	}
	return out
}

func (b *Block) add(a *Arg, opts []Option) *Arg {
	a.Required = true
	for _, o := range opts {
		o(a)
	}
	if b.Arg(a.Name) != nil {
		panic(fmt.Sprintf("schema: argument %q is bound twice", a.Name))
	}
	b.Args = append(b.Args, a)
	return a
}

// An Option adds a default or a limit to an argument. An argument without Default or Optional is
// required.
type Option func(*Arg)

// Optional makes an argument one that may be left out, its field keeping the zero value.
func Optional() Option { return func(a *Arg) { a.Required = false } }

// MayBeUnknown says that a size which depends on data yet to be read may stand here while a file is
// validated: the field is then UnknownInt, and the shape rule must carry it.
func MayBeUnknown() Option { return func(a *Arg) { a.mayBeUnknown = true } }

// Null makes null a value of its own, which f sets; else null is as if the argument had been left out.
func Null(f func()) Option { return func(a *Arg) { a.null = f } }

// Default sets the value of an argument that is left out. v is a bool, int, float64, string, or a
// slice of them.
func Default(v any) Option {
	return func(a *Arg) {
		a.Required = false
		a.Default = literal(v)
		if a.set == nil { // a choice: its binder looks up the name itself
			return
		}
		if err := a.set(ctyOf(v)); err != nil {
			panic(fmt.Sprintf("schema: default of %q: %v", a.Name, err))
		}
	}
}

// Example is a value that snippets show, as it would be written in HCL.
func Example(text string) Option { return func(a *Arg) { a.Example = text } }

// Int binds an integer.
func (b *Block) Int(p *int, name, help string, opts ...Option) {
	b.add(&Arg{
		Name: name, Help: help, Type: Int,
		get:     func(map[string]*hcl.File) any { return *p },
		set:     func(v cty.Value) (err error) { *p, err = asInt(v); return },
		unknown: func() { *p = UnknownInt },
	}, opts)
}

// OptInt binds an integer that may be null; nil is what Keras calls None.
func (b *Block) OptInt(p **int, name, help string, opts ...Option) {
	b.add(&Arg{
		Name: name, Help: help, Type: Int,
		get: func(map[string]*hcl.File) any {
			if *p == nil {
				return nil
			}
			return **p
		},
		set: func(v cty.Value) error {
			n, err := asInt(v)
			*p = &n
			return err
		},
		unknown: func() { n := UnknownInt; *p = &n },
	}, append([]Option{Optional()}, opts...))
}

// Float binds a number.
func (b *Block) Float(p *float64, name, help string, opts ...Option) {
	b.add(&Arg{
		Name: name, Help: help, Type: Float,
		get: func(map[string]*hcl.File) any { return *p },
		set: func(v cty.Value) (err error) { *p, err = asFloat(v); return },
	}, opts)
}

// OptFloat binds a number that may be null; nil is what Keras calls None.
func (b *Block) OptFloat(p **float64, name, help string, opts ...Option) {
	b.add(&Arg{
		Name: name, Help: help, Type: Float,
		get: func(map[string]*hcl.File) any {
			if *p == nil {
				return nil
			}
			return **p
		},
		set: func(v cty.Value) error {
			f, err := asFloat(v)
			*p = &f
			return err
		},
	}, append([]Option{Optional()}, opts...))
}

// Bool binds true or false.
func (b *Block) Bool(p *bool, name, help string, opts ...Option) {
	b.add(&Arg{
		Name: name, Help: help, Type: Bool,
		get: func(map[string]*hcl.File) any { return *p },
		set: func(v cty.Value) error {
			if v.Type() != cty.Bool {
				return wrongType(v, "true or false")
			}
			*p = v.True()
			return nil
		},
	}, opts)
}

// String binds a string.
func (b *Block) String(p *string, name, help string, opts ...Option) {
	b.add(&Arg{
		Name: name, Help: help, Type: String,
		get: func(map[string]*hcl.File) any { return *p },
		set: func(v cty.Value) (err error) { *p, err = asString(v); return },
	}, opts)
}

// Enum binds a string that is one of a few words.
func (b *Block) Enum(p *string, name, help string, words []string, opts ...Option) {
	b.String(p, name, help, append([]Option{OneOf(words...)}, opts...)...)
}

// Ints binds a list of integers. Null elements are UnknownInt, so a shape can be bound.
func (b *Block) Ints(p *[]int, name, help string, opts ...Option) {
	b.add(&Arg{
		Name: name, Help: help, Type: Ints,
		get:     func(map[string]*hcl.File) any { return *p },
		set:     func(v cty.Value) (err error) { *p, err = each(v, "integers", asIntOrNull); return },
		unknown: func() { *p = nil },
	}, opts)
}

// Floats binds a list of numbers.
func (b *Block) Floats(p *[]float64, name, help string, opts ...Option) {
	b.add(&Arg{
		Name: name, Help: help, Type: Floats,
		get: func(map[string]*hcl.File) any { return *p },
		set: func(v cty.Value) (err error) { *p, err = each(v, "numbers", asFloat); return },
	}, opts)
}

// Strings binds a list of strings.
func (b *Block) Strings(p *[]string, name, help string, opts ...Option) {
	b.add(&Arg{
		Name: name, Help: help, Type: Strings,
		get: func(map[string]*hcl.File) any { return *p },
		set: func(v cty.Value) (err error) { *p, err = each(v, "strings", asString); return },
	}, opts)
}

// Pair binds two integers, for height and width; one integer stands for both.
func (b *Block) Pair(p *[2]int, name, help string, opts ...Option) {
	b.add(&Arg{
		Name: name, Help: help, Type: Pair,
		get: func(map[string]*hcl.File) any { return *p },
		set: func(v cty.Value) error {
			if v.Type() == cty.Number {
				n, err := asInt(v)
				*p = [2]int{n, n}
				return err
			}
			ns, err := each(v, "two integers", asInt)
			if err != nil {
				return err
			}
			if len(ns) != 2 {
				return fmt.Errorf("an integer or a list of two is wanted, got a list of %d", len(ns))
			}
			*p = [2]int{ns[0], ns[1]}
			return nil
		},
	}, opts)
}

// Value binds any known value, for arguments whose form is too free for the other binders. The
// field is cty.NilVal where the argument was left out; check runs on what was given.
func (b *Block) Value(p *cty.Value, name, help string, check func(cty.Value) error, opts ...Option) {
	b.add(&Arg{
		Name: name, Help: help, Type: Any,
		get: func(map[string]*hcl.File) any {
			if *p == cty.NilVal || !p.IsWhollyKnown() {
				return nil
			}
			return ctyjson.SimpleJSONValue{Value: *p}
		},
		set: func(v cty.Value) error {
			if err := checkFinite(v); err != nil {
				return err
			}
			if check != nil {
				if err := check(v); err != nil {
					return err
				}
			}
			*p = v
			return nil
		},
	}, opts)
}

// Expr binds an expression that is evaluated later, once per use, with more names than the file
// knows (a learning-rate schedule's "epoch").
func (b *Block) Expr(p *Expr, name, help string, opts ...Option) {
	b.add(&Arg{
		Name: name, Help: help, Type: Expression,
		get: func(files map[string]*hcl.File) any {
			if p.Expression == nil {
				return nil
			}
			return p.describe(files)
		},
		expr: func(e hcl.Expression, ctx *hcl.EvalContext) error {
			*p = Expr{e, ctx}
			return nil
		},
	}, opts)
}

// Expr is an expression to be evaluated later, in the scope where it was written.
type Expr struct {
	Expression hcl.Expression
	ctx        *hcl.EvalContext
}

// describe is the text of the expression and, where it refers to values of the file, those.
func (e Expr) describe(files map[string]*hcl.File) any {
	text := func(r hcl.Range) string {
		if f := files[r.Filename]; f != nil && r.CanSliceBytes(f.Bytes) {
			return string(r.SliceBytes(f.Bytes))
		}
		return r.String()
	}
	written := text(e.Expression.Range())
	values := map[string]any{"expression": written}
	for _, ref := range e.Expression.Variables() {
		// What cannot be looked up yet is a name that the expression is given when it is evaluated.
		if v, diags := ref.TraverseAbs(e.ctx); !diags.HasErrors() && v.IsWhollyKnown() {
			v, _ = v.UnmarkDeep()
			values[text(ref.SourceRange())] = ctyjson.SimpleJSONValue{Value: v}
		}
	}
	if len(values) == 1 {
		return written
	}
	return values
}

// Eval evaluates the expression with vars added to the names of its scope.
func (e Expr) Eval(vars map[string]cty.Value) (cty.Value, hcl.Diagnostics) {
	ctx := e.ctx.NewChild()
	ctx.Variables = vars
	return e.Expression.Value(ctx)
}

// At ties an error to the argument that caused it, so that the diagnostic points there.
func At(arg string, err error) error { return &ArgError{Arg: arg, Err: err} }

// Atf is At of a formatted error.
func Atf(arg, format string, a ...any) error { return At(arg, fmt.Errorf(format, a...)) }

// ArgError is an error caused by one argument.
type ArgError struct {
	Arg string
	Err error
}

func (e *ArgError) Error() string { return e.Err.Error() }
func (e *ArgError) Unwrap() error { return e.Err }

// A Limit is a rule that a single value must satisfy.
type Limit struct {
	Text  string         // as in "at least 1"
	JSON  map[string]any // the same rule in JSON Schema
	check func(v cty.Value) bool
}

func number(text, keyword string, bound float64, ok func(x float64) bool) Option {
	return func(a *Arg) {
		a.Limits = append(a.Limits, Limit{Text: text, JSON: map[string]any{keyword: bound}, check: func(v cty.Value) bool {
			if v.Type() != cty.Number {
				return true
			}
			f, _ := v.AsBigFloat().Float64()
			return ok(f)
		}})
	}
}

// AtLeast limits a number, or each number of a list, to min or more.
func AtLeast(min float64) Option {
	return number("a number of at least "+plain(min), "minimum", min, func(x float64) bool { return x >= min })
}

// AtMost limits a number, or each number of a list, to max or less.
func AtMost(max float64) Option {
	return number("a number of at most "+plain(max), "maximum", max, func(x float64) bool { return x <= max })
}

// Above limits a number, or each number of a list, to more than min.
func Above(min float64) Option {
	return number("a number above "+plain(min), "exclusiveMinimum", min, func(x float64) bool { return x > min })
}

// Below limits a number, or each number of a list, to less than max.
func Below(max float64) Option {
	return number("a number below "+plain(max), "exclusiveMaximum", max, func(x float64) bool { return x < max })
}

// OneOf limits a string, or each string of a list, to the given words.
func OneOf(words ...string) Option {
	return func(a *Arg) {
		quoted := make([]string, len(words))
		for i, w := range words {
			quoted[i] = fmt.Sprintf("%q", w)
		}
		a.Limits = append(a.Limits, Limit{
			Text: "one of " + strings.Join(quoted, ", "), JSON: map[string]any{"enum": words},
			check: func(v cty.Value) bool {
				if v.Type() != cty.String {
					return true
				}
				for _, w := range words {
					if v.AsString() == w {
						return true
					}
				}
				return false
			},
		})
	}
}

func plain(f float64) string {
	if f == math.Trunc(f) && math.Abs(f) < 1e15 {
		return fmt.Sprintf("%d", int64(f))
	}
	return fmt.Sprintf("%g", f)
}
