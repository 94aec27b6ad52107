package expr

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/dlrun/dlrun/dsl/schema"
)

// Function is what a file calls as ops::NAME or random::NAME.
type Function struct {
	Name      string // with its namespace
	Signature string // the arguments as in Keras: "x, axis=None, keepdims=False"
	Help      string // one sentence

	params []param
	rest   bool              // takes others by name as well
	call   func(c *call) any // a *Tensor, a []*Tensor or a cty.Value
}

type param struct {
	name string
	def  string // as in Keras; "" where it must be given
}

var functions = map[string]*Function{}

// function adds a function; its file calls it.
func function(name, signature, help string, f func(c *call) any) bool {
	fn := &Function{Name: name, Signature: signature, Help: help, call: f}
	for _, p := range split(signature) {
		if strings.HasPrefix(p, "**") {
			fn.rest = true
			continue
		}
		n, def, _ := strings.Cut(p, "=")
		fn.params = append(fn.params, param{n, def})
	}
	if functions[name] != nil {
		panic("expr: two functions " + name)
	}
	functions[name] = fn
	return true
}

// split cuts a signature at its commas, but for those in brackets.
func split(signature string) []string {
	var out []string
	depth, start := 0, 0
	for i, r := range signature + "," {
		switch {
		case r == '(' || r == '[':
			depth++
		case r == ')' || r == ']':
			depth--
		case r == ',' && depth == 0:
			if p := strings.TrimSpace(signature[start:i]); p != "" {
				out = append(out, p)
			}
			start = i + 1
		}
	}
	return out
}

// alias gives a function, which need not be there yet, Keras' other names for it.
func alias(of string, names ...string) bool {
	for _, n := range names {
		if aliases[n] != "" {
			panic("expr: two functions " + n)
		}
		aliases[n] = of
	}
	return true
}

var aliases = map[string]string{}

// lookup finds a function by its name or alias, or by its name in one of Keras' namespaces that repeat what is in keras.ops;
// nil where there is none.
func lookup(name string) *Function {
	for _, space := range []string{"linalg", "nn"} {
		if n, ok := strings.CutPrefix(name, "ops::"+space+"::"); ok {
			name = "ops::" + n
		}
	}
	if of, ok := aliases[name]; ok {
		f := *functions[of]
		f.Name = name
		return &f
	}
	return functions[name]
}

// Functions lists all functions, sorted by name.
func Functions() []*Function {
	var out []*Function
	for _, n := range Names() {
		out = append(out, lookup(n))
	}
	return out
}

// Names lists the functions' names, sorted.
func Names() []string {
	return slices.Sorted(func(yield func(string) bool) {
		for n := range functions {
			if !yield(n) {
				return
			}
		}
		for n := range aliases {
			if !yield(n) {
				return
			}
		}
	})
}

// callError is a mistake in a call, of one argument or, where arg is "", of the whole.
type callError struct {
	arg string
	err error
}

// unknownError ends a call one of whose arguments depends on data that has not been read.
type unknownError struct{}

// call is one call of a function: its arguments by name. Its methods read them, and end the call
// with a callError where one does not fit.
type call struct {
	*compiler
	fn     *Function
	values map[string]cty.Value
	ranges map[string]hcl.Range
}

func (c *call) fail(arg, format string, a ...any) {
	panic(&callError{arg, fmt.Errorf(format, a...)})
}

// value is an argument; its default, null for None, where it was left out.
func (c *call) value(arg string) cty.Value {
	if v, ok := c.values[arg]; ok {
		return v
	}
	for _, p := range c.fn.params {
		if p.name == arg {
			return literal(p.def)
		}
	}
	panic("expr: " + c.fn.Name + " has no argument " + arg)
}

// literal reads a default of a signature.
func literal(s string) cty.Value {
	switch s {
	case "None", "":
		return cty.NullVal(cty.DynamicPseudoType)
	case "True", "False":
		return cty.BoolVal(s == "True")
	}
	if f, err := strconv.ParseFloat(s, 64); err == nil {
		return cty.NumberFloatVal(f)
	}
	return cty.StringVal(strings.Trim(s, `"'`))
}

// others are the arguments by name that the signature does not list.
func (c *call) others() map[string]cty.Value {
	out := map[string]cty.Value{}
	for n := range c.values {
		if !slices.ContainsFunc(c.fn.params, func(p param) bool { return p.name == n }) {
			v := c.values[n]
			if !v.IsWhollyKnown() {
				panic(unknownError{})
			}
			out[n] = v
		}
	}
	return out
}

// given tells whether an argument is there and not null.
func (c *call) given(arg string) bool {
	v := c.value(arg)
	return !v.IsKnown() || !v.IsNull()
}

// known is an argument that must be a constant.
func (c *call) known(arg string) cty.Value {
	v := c.value(arg)
	if !v.IsWhollyKnown() {
		panic(unknownError{})
	}
	if _, is := c.tensorOf(v); is {
		c.fail(arg, "%q must be known when the model is made; it cannot be computed by it", arg)
	}
	return v
}

// tensor is an argument that is a tensor, or a constant to be seen as one.
func (c *call) tensor(arg string) *Tensor { return c.lift(arg, c.value(arg)) }

func (c *call) lift(arg string, v cty.Value) *Tensor {
	t, err := c.toTensor(v)
	switch {
	case err != nil:
		c.fail(arg, "%w", err)
	case t == nil:
		panic(unknownError{})
	}
	return t
}

// floats is a tensor as one of floats.
func (c *call) floats(arg string) *Tensor { return c.tensor(arg).as(Float) }

// tensors is an argument that is a list of tensors.
func (c *call) tensors(arg string) []*Tensor {
	v := c.value(arg)
	if !v.IsKnown() {
		panic(unknownError{})
	}
	if v.IsNull() || !v.CanIterateElements() || v.Type().IsObjectType() || v.Type().IsMapType() {
		c.fail(arg, "a list of tensors is wanted for %q", arg)
	}
	var out []*Tensor
	for it := v.ElementIterator(); it.Next(); {
		_, e := it.Element()
		out = append(out, c.lift(arg, e))
	}
	if len(out) == 0 {
		c.fail(arg, "%q is an empty list", arg)
	}
	return out
}

// number is an argument that is a number.
func (c *call) number(arg string) float64 {
	v := c.known(arg)
	if v.IsNull() || v.Type() != cty.Number {
		c.fail(arg, "a number is wanted for %q, got %s", arg, schema.Show(v))
	}
	f, _ := v.AsBigFloat().Float64()
	return f
}

func (c *call) integer(arg string) int { return c.asInteger(arg, c.known(arg)) }

func (c *call) asInteger(arg string, v cty.Value) int {
	if v.IsNull() || v.Type() != cty.Number || !v.AsBigFloat().IsInt() {
		c.fail(arg, "a whole number is wanted for %q, got %s", arg, schema.Show(v))
	}
	n, acc := v.AsBigFloat().Int64()
	if acc != 0 || n > 1<<31-1 || n < -1<<31 {
		c.fail(arg, "%q is %s, which is too large", arg, schema.Show(v))
	}
	return int(n)
}

// integers is an argument that is a list of whole numbers, or one.
func (c *call) integers(arg string) []int {
	v := c.known(arg)
	if !v.IsNull() && v.Type() == cty.Number {
		return []int{c.asInteger(arg, v)}
	}
	var out []int
	for _, e := range c.list(arg, v) {
		out = append(out, c.asInteger(arg, e))
	}
	return out
}

// list is a known value that is a list.
func (c *call) list(arg string, v cty.Value) []cty.Value {
	if v.IsNull() || !v.CanIterateElements() || v.Type().IsObjectType() || v.Type().IsMapType() {
		c.fail(arg, "a list is wanted for %q, got %s", arg, schema.Show(v))
	}
	if v.LengthInt() > maxElements {
		c.fail(arg, "the list of %q is too long", arg)
	}
	return v.AsValueSlice()
}

func (c *call) truth(arg string) bool {
	v := c.known(arg)
	if v.IsNull() || v.Type() != cty.Bool {
		c.fail(arg, "true or false is wanted for %q, got %s", arg, schema.Show(v))
	}
	return v.True()
}

func (c *call) text(arg string, words ...string) string {
	v := c.known(arg)
	if v.IsNull() || v.Type() != cty.String || len(words) > 0 && !slices.Contains(words, v.AsString()) {
		c.fail(arg, "%q is one of %q, got %s", arg, words, schema.Show(v))
	}
	return v.AsString()
}

// index is an axis of so many, counted from 0.
func (c *call) index(arg string, axis, rank int) int {
	a := axis
	if a < 0 {
		a += rank
	}
	if a < 0 || a >= rank {
		c.fail(arg, "axis %d does not exist: with the batch there are %d", axis, rank)
	}
	return a
}

// axis is the argument for one axis of x.
func (c *call) axis(arg string, x *Tensor) int { return c.index(arg, c.integer(arg), len(x.Shape)) }

// axes is the argument for the axes of x to work over: all of them where it is null.
func (c *call) axes(arg string, x *Tensor) []int {
	var out []int
	if !c.given(arg) {
		for i := range x.Shape {
			out = append(out, i)
		}
		return out
	}
	for _, a := range c.integers(arg) {
		k := c.index(arg, a, len(x.Shape))
		if slices.Contains(out, k) {
			c.fail(arg, "axis %d is given twice", a)
		}
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// dims is an argument that is a shape: numbers, and null for the batch; -1 is returned as it is.
func (c *call) dims(arg string) Shape {
	v := c.value(arg)
	if !v.IsKnown() {
		panic(unknownError{})
	}
	if !v.IsNull() && v.Type() == cty.Number {
		v = cty.TupleVal([]cty.Value{v})
	}
	s := Shape{}
	for _, e := range c.list(arg, v) {
		switch {
		case !e.IsKnown():
			panic(unknownError{})
		case e.IsNull():
			s = append(s, Batch)
			continue
		}
		n := c.asInteger(arg, e)
		if n < -1 {
			c.fail(arg, "an axis of %d elements", n)
		}
		s = append(s, Dim{N: n})
	}
	c.bounded(arg, s)
	return s
}

// bounded refuses shapes of more elements than any tensor may have.
func (c *call) bounded(arg string, s Shape) {
	n := 1
	for _, d := range s {
		if d.N > 0 {
			if n *= d.N; n > 1<<31-1 {
				c.fail(arg, "the shape %s has more than 2147483647 elements", s)
			}
		}
	}
}
