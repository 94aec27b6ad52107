package expr

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/dlrun/dlrun/dsl/schema"
)

// Limits on what an expression may ask for, so that a slip of the pen ends in a message.
const (
	maxSteps    = 100_000   // parts of an expression, those of loops counted each time
	maxElements = 1_000_000 // of a constant
)

// Given says what a value of the file is: a tensor, t being nil where nothing is known of it yet, or,
// where is is false, something else.
type Given func(v cty.Value) (t *Tensor, is bool)

// Compiled is an expression made ready to be built.
type Compiled struct {
	Tensors []*Tensor // one, or the elements of a list
	List    bool      // the expression is a list
	Known   bool      // false where it depends on what is not known yet; Tensors is then nil
}

var tensorType = cty.Capsule("tensor", reflect.TypeOf(Tensor{}))

// Parse is the syntax tree of an expression: in JSON it is written as a string.
func Parse(e hcl.Expression) (hclsyntax.Expression, hcl.Diagnostics) {
	if x, ok := e.(hclsyntax.Expression); ok {
		return x, nil
	}
	if schema.IsJSON(e) {
		v, diags := e.Value(nil)
		if diags.HasErrors() {
			return nil, diags
		}
		if !v.IsNull() && v.Type() == cty.String {
			at := e.Range().Start
			at.Column++ // after the quote
			at.Byte++
			text := v.AsString()
			if strings.HasPrefix(text, "${") && strings.HasSuffix(text, "}") {
				text, at.Column, at.Byte = text[2:len(text)-1], at.Column+2, at.Byte+2
			}
			if err := tooDeep(text); err != nil {
				r := e.Range()
				return nil, hcl.Diagnostics{{Severity: hcl.DiagError, Summary: "Invalid expression", Detail: "T" + err.Error()[1:] + ".", Subject: &r}}
			}
			return hclsyntax.ParseExpression([]byte(text), e.Range().Filename, at)
		}
	}
	r := e.Range()
	return nil, hcl.Diagnostics{{Severity: hcl.DiagError, Summary: "Invalid expression", Detail: "An expression of layers and inputs is wanted; in JSON it is written as a string.", Subject: &r}}
}

// Limits on the text of an expression in JSON, which only here is known to be one: hcl's parser goes as deep as
// the text says.
const (
	maxText    = 64 << 10
	maxNesting = 100
)

func tooDeep(text string) error {
	if len(text) > maxText {
		return fmt.Errorf("the expression has %d characters; %d is the most", len(text), maxText)
	}
	depth, signs := 0, 0
	for _, r := range text {
		switch r {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			depth--
		case '!', '-':
			signs++
			continue
		case ' ', '\t', '\n':
			continue
		}
		if signs > maxNesting || depth > maxNesting {
			return fmt.Errorf("the expression is nested more than %d deep", maxNesting)
		}
		signs = 0
	}
	return nil
}

// Compile compiles an expression whose other names stand in ctx.
func Compile(e hcl.Expression, ctx *hcl.EvalContext, given Given) (Compiled, hcl.Diagnostics) {
	x, diags := Parse(e)
	if diags.HasErrors() {
		return Compiled{}, diags
	}
	c := &compiler{given: given}
	v := c.walk(x, ctx)
	if c.diags.HasErrors() {
		return Compiled{}, c.diags
	}
	out := Compiled{Known: true}
	add := func(v cty.Value) {
		t, err := c.toTensor(v)
		switch {
		case err != nil:
			c.report(x.Range(), "Invalid expression", "%s", err)
		case t == nil:
			out.Known = false
		default:
			out.Tensors = append(out.Tensors, t)
		}
	}
	if t, is := c.tensorOf(v); !is && t == nil && v.IsKnown() && !v.IsNull() && v.Type().IsTupleType() && holdsTensor(c, v) {
		out.List = true
		for _, e := range v.AsValueSlice() {
			add(e)
		}
	} else {
		add(v)
	}
	if !out.Known {
		out.Tensors = nil
	}
	return out, c.diags
}

func holdsTensor(c *compiler, v cty.Value) bool {
	for _, e := range v.AsValueSlice() {
		if _, is := c.tensorOf(e); is {
			return true
		}
	}
	return false
}

type compiler struct {
	given Given
	steps int
	draws int // calls of random functions so far
	diags hcl.Diagnostics
}

func (c *compiler) report(r hcl.Range, summary, format string, a ...any) {
	text := strings.TrimSuffix(fmt.Sprintf(format, a...), ".")
	if text != "" && !strings.HasPrefix(text, "ops::") && !strings.HasPrefix(text, "random::") {
		text = strings.ToUpper(text[:1]) + text[1:]
	}
	if !strings.HasSuffix(text, "?") {
		text += "."
	}
	c.diags = append(c.diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: text, Subject: &r})
}

// tensorOf is the tensor that a value stands for, nil where nothing is known of it yet.
func (c *compiler) tensorOf(v cty.Value) (*Tensor, bool) {
	v, _ = v.Unmark()
	if v.IsKnown() && !v.IsNull() && v.Type() == tensorType {
		return v.EncapsulatedValue().(*Tensor), true
	}
	return c.given(v)
}

// toTensor is a value as a tensor: numbers, truths and lists of them are constants. It is nil where the
// value is not known yet.
func (c *compiler) toTensor(v cty.Value) (*Tensor, error) {
	v, _ = v.Unmark()
	if t, is := c.tensorOf(v); is {
		return t, nil
	}
	switch ty := v.Type(); {
	case !v.IsKnown():
		return nil, nil
	case v.IsNull():
		return nil, errors.New("a tensor or a number is wanted, got null")
	case ty == cty.Number:
		if v.AsBigFloat().IsInf() {
			return nil, errors.New("the number is infinite (it was divided by 0?)")
		}
		f, _ := v.AsBigFloat().Float64()
		k := Float
		if n, acc := v.AsBigFloat().Int64(); v.AsBigFloat().IsInt() && acc == 0 && int64(int32(n)) == n {
			k = Int
		}
		return constantOf(k, nil, f), nil
	case ty == cty.Bool:
		f := 0.0
		if v.True() {
			f = 1
		}
		return constantOf(Bool, nil, f), nil
	case ty.IsTupleType() || ty.IsListType():
		return c.stacked(v.AsValueSlice())
	}
	return nil, fmt.Errorf("a tensor or a number is wanted, got %s", schema.Show(v))
}

// stacked is a list of values of one shape as a tensor with an axis more, as NumPy's array.
func (c *compiler) stacked(list []cty.Value) (*Tensor, error) {
	if len(list) == 0 {
		return constantOf(Float, Shape{Size(0)}), nil
	}
	var parts []*Tensor
	constants := true
	for _, e := range list {
		t, err := c.toTensor(e)
		if err != nil || t == nil {
			return nil, err
		}
		parts = append(parts, t)
		constants = constants && t.constant != nil
		if len(t.Shape) != len(parts[0].Shape) || t.Shape.String() != parts[0].Shape.String() {
			return nil, fmt.Errorf("the elements of a list have the shapes %s and %s: they must be the same", parts[0].Shape, t.Shape)
		}
	}
	if !constants {
		return stack(parts, 0), nil
	}
	s := append(Shape{Size(len(parts))}, parts[0].Shape...)
	if n := s.elems(); n.N > maxElements {
		return nil, fmt.Errorf("a constant of %s elements; %d is the most", n, maxElements)
	}
	var all []float64
	for _, t := range parts {
		all = append(all, t.constant...)
	}
	return constantOf(join(parts...), s, all...), nil
}

// wrap is a tensor as a value of HCL's.
func wrap(t *Tensor) cty.Value { return cty.CapsuleVal(tensorType, t) }

func wrapAll(list []*Tensor) cty.Value {
	out := make([]cty.Value, len(list))
	for i, t := range list {
		out[i] = wrap(t)
	}
	if len(out) == 0 {
		return cty.EmptyTupleVal
	}
	return cty.TupleVal(out)
}

// walk compiles a part of an expression: to a tensor in a capsule, a constant, or a list or object with
// some of each. What has a mistake, which is reported, is cty.DynamicVal.
func (c *compiler) walk(e hclsyntax.Expression, ctx *hcl.EvalContext) cty.Value {
	if c.steps++; c.steps > maxSteps {
		if c.steps == maxSteps+1 {
			c.report(e.Range(), "Too much work", "The expression has more than %d parts", maxSteps)
		}
		return cty.DynamicVal
	}
	if u, ok := e.(interface{ UnwrapExpression() hcl.Expression }); ok {
		if inner, ok := u.UnwrapExpression().(hclsyntax.Expression); ok {
			return c.walk(inner, ctx)
		}
	}
	switch e := e.(type) {
	case *hclsyntax.ParenthesesExpr:
		return c.walk(e.Expression, ctx)
	case *hclsyntax.TemplateWrapExpr:
		return c.walk(e.Wrapped, ctx)
	case *hclsyntax.BinaryOpExpr:
		return c.binary(e, ctx)
	case *hclsyntax.UnaryOpExpr:
		return c.unary(e, ctx)
	case *hclsyntax.ConditionalExpr:
		return c.conditional(e, ctx)
	case *hclsyntax.FunctionCallExpr:
		return c.call(e, ctx)
	case *hclsyntax.TupleConsExpr:
		var list []cty.Value
		for _, x := range e.Exprs {
			list = append(list, c.walk(x, ctx))
		}
		return cty.TupleVal(list)
	case *hclsyntax.ObjectConsExpr:
		return c.object(e, ctx)
	case *hclsyntax.IndexExpr:
		return c.indexed(e, ctx)
	case *hclsyntax.RelativeTraversalExpr:
		source := c.walk(e.Source, ctx)
		if _, is := c.tensorOf(source); is && len(e.Traversal) == 1 {
			if i, ok := e.Traversal[0].(hcl.TraverseIndex); ok {
				return c.element(source, i.Key, e.Range())
			}
		}
		return c.evaluate(&hclsyntax.RelativeTraversalExpr{Source: constant(source, e.Source), Traversal: e.Traversal, SrcRange: e.SrcRange}, ctx)
	case *hclsyntax.SplatExpr:
		part := *e
		part.Source = constant(c.walk(e.Source, ctx), e.Source)
		return c.evaluate(&part, ctx)
	case *hclsyntax.ForExpr:
		return c.loop(e, ctx)
	case *hclsyntax.ScopeTraversalExpr:
		return c.traversal(e, ctx)
	}
	return c.evaluate(e, ctx)
}

// traversal is a name with what follows it: of a tensor its elements.
func (c *compiler) traversal(e *hclsyntax.ScopeTraversalExpr, ctx *hcl.EvalContext) cty.Value {
	first := len(e.Traversal)
	for first > 1 {
		if _, ok := e.Traversal[first-1].(hcl.TraverseIndex); !ok {
			break
		}
		first--
	}
	for k := first; k < len(e.Traversal); k++ { // a chain of layers is indexed before its elements are
		v, diags := e.Traversal[:k].TraverseAbs(ctx)
		if diags.HasErrors() {
			break
		}
		_, is := c.tensorOf(v)
		if ty := v.Type(); !is || ty.IsTupleType() || ty.IsListType() || ty.IsMapType() {
			continue
		}
		if ty := v.Type(); ty.IsObjectType() && e.Traversal[k].(hcl.TraverseIndex).Key.Type() == cty.String {
			continue
		}
		for _, step := range e.Traversal[k:] {
			v = c.element(v, step.(hcl.TraverseIndex).Key, e.Range())
		}
		return v
	}
	return c.evaluate(e, ctx)
}

// evaluate leaves a part that touches no tensor to HCL.
func (c *compiler) evaluate(e hclsyntax.Expression, ctx *hcl.EvalContext) cty.Value {
	v, diags := e.Value(ctx)
	c.diags = append(c.diags, diags...)
	if diags.HasErrors() {
		return cty.DynamicVal
	}
	return v
}

// constant puts a value in the place of a part of the tree.
func constant(v cty.Value, at hclsyntax.Expression) hclsyntax.Expression {
	return &hclsyntax.LiteralValueExpr{Val: v, SrcRange: at.Range()}
}

// guard runs f, which may end early: with a mistake, or because something is not known yet.
func (c *compiler) guard(r hcl.Range, what string, ranges map[string]hcl.Range, f func() cty.Value) (v cty.Value) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case unknownError:
			v = cty.DynamicVal
		case *callError:
			at := r
			if a, ok := ranges[p.arg]; ok {
				at = a
			}
			c.report(at, "Invalid expression", "%s: %s", what, p.err)
			v = cty.DynamicVal
		default:
			panic(p)
		}
	}()
	return f()
}

// operators are the operators of tensors.
var operators = map[*hclsyntax.Operation]struct {
	sign string
	make func(a, b *Tensor) *Tensor
}{
	hclsyntax.OpAdd:                {"+", func(a, b *Tensor) *Tensor { return binary("add", a, b) }},
	hclsyntax.OpSubtract:           {"-", func(a, b *Tensor) *Tensor { return binary("sub", a, b) }},
	hclsyntax.OpMultiply:           {"*", func(a, b *Tensor) *Tensor { return binary("mul", a, b) }},
	hclsyntax.OpDivide:             {"/", func(a, b *Tensor) *Tensor { return binary("div", a, b) }},
	hclsyntax.OpModulo:             {"%", func(a, b *Tensor) *Tensor { return binary("mod", a, b) }},
	hclsyntax.OpEqual:              {"==", func(a, b *Tensor) *Tensor { return compare("equal", a, b) }},
	hclsyntax.OpNotEqual:           {"!=", func(a, b *Tensor) *Tensor { return compare("not_equal", a, b) }},
	hclsyntax.OpLessThan:           {"<", func(a, b *Tensor) *Tensor { return compare("less", a, b) }},
	hclsyntax.OpLessThanOrEqual:    {"<=", func(a, b *Tensor) *Tensor { return compare("less_equal", a, b) }},
	hclsyntax.OpGreaterThan:        {">", func(a, b *Tensor) *Tensor { return compare("greater", a, b) }},
	hclsyntax.OpGreaterThanOrEqual: {">=", func(a, b *Tensor) *Tensor { return compare("greater_equal", a, b) }},
	hclsyntax.OpLogicalAnd:         {"&&", both},
	hclsyntax.OpLogicalOr:          {"||", either},
}

func (c *compiler) binary(e *hclsyntax.BinaryOpExpr, ctx *hcl.EvalContext) cty.Value {
	l, r := c.walk(e.LHS, ctx), c.walk(e.RHS, ctx)
	_, lt := c.tensorOf(l)
	_, rt := c.tensorOf(r)
	if !lt && !rt {
		return c.evaluate(&hclsyntax.BinaryOpExpr{LHS: constant(l, e.LHS), Op: e.Op, RHS: constant(r, e.RHS), SrcRange: e.SrcRange}, ctx)
	}
	o := operators[e.Op]
	return c.guard(e.Range(), o.sign, map[string]hcl.Range{"left": e.LHS.Range(), "right": e.RHS.Range()}, func() cty.Value {
		a, b := c.operand("left", l), c.operand("right", r)
		return wrap(o.make(a, b))
	})
}

func (c *compiler) operand(side string, v cty.Value) *Tensor {
	t, err := c.toTensor(v)
	switch {
	case err != nil:
		panic(&callError{side, err})
	case t == nil:
		panic(unknownError{})
	}
	return t
}

func (c *compiler) unary(e *hclsyntax.UnaryOpExpr, ctx *hcl.EvalContext) cty.Value {
	v := c.walk(e.Val, ctx)
	if _, is := c.tensorOf(v); !is {
		return c.evaluate(&hclsyntax.UnaryOpExpr{Op: e.Op, Val: constant(v, e.Val), SrcRange: e.SrcRange, SymbolRange: e.SymbolRange}, ctx)
	}
	return c.guard(e.Range(), "the operator", nil, func() cty.Value {
		t := c.operand("", v)
		if e.Op == hclsyntax.OpLogicalNot {
			return wrap(not(t))
		}
		return wrap(negative(t))
	})
}

// conditional takes one of two branches by a constant.
func (c *compiler) conditional(e *hclsyntax.ConditionalExpr, ctx *hcl.EvalContext) cty.Value {
	v := c.walk(e.Condition, ctx)
	if _, is := c.tensorOf(v); is {
		c.report(e.Condition.Range(), "Invalid condition", "The condition of ? : must be known when the model is made; to choose element by element write ops::where(condition, a, b)")
		return cty.DynamicVal
	}
	v, _ = v.Unmark()
	if !v.IsKnown() {
		return cty.DynamicVal
	}
	truth, err := convert.Convert(v, cty.Bool)
	if err != nil || truth.IsNull() {
		c.report(e.Condition.Range(), "Invalid condition", "A condition is true or false, got %s", schema.Show(v))
		return cty.DynamicVal
	}
	if truth.True() { // the other branch may not even have shapes that fit
		return c.walk(e.TrueResult, ctx)
	}
	return c.walk(e.FalseResult, ctx)
}

func (c *compiler) object(e *hclsyntax.ObjectConsExpr, ctx *hcl.EvalContext) cty.Value {
	out := map[string]cty.Value{}
	for _, it := range e.Items {
		k := c.evaluate(it.KeyExpr, ctx)
		v := c.walk(it.ValueExpr, ctx)
		k, err := convert.Convert(k, cty.String)
		if err != nil || !k.IsKnown() || k.IsNull() {
			return cty.DynamicVal
		}
		out[k.AsString()] = v
	}
	return cty.ObjectVal(out)
}

func (c *compiler) indexed(e *hclsyntax.IndexExpr, ctx *hcl.EvalContext) cty.Value {
	coll, key := c.walk(e.Collection, ctx), c.walk(e.Key, ctx)
	if _, is := c.tensorOf(coll); is {
		return c.element(coll, key, e.Range())
	}
	v, diags := hcl.Index(coll, key, &e.SrcRange)
	c.diags = append(c.diags, diags...)
	return v
}

// element is x[i] of a tensor: what stands at that index of its first axis.
func (c *compiler) element(x, key cty.Value, r hcl.Range) cty.Value {
	return c.guard(r, "the index", nil, func() cty.Value {
		t := c.operand("", x)
		key, _ := key.Unmark()
		if !key.IsKnown() {
			panic(unknownError{})
		}
		if key.IsNull() || key.Type() != cty.Number || !key.AsBigFloat().IsInt() || len(t.Shape) == 0 {
			panic(&callError{err: fmt.Errorf("a tensor is indexed by whole numbers along its first axis, the batch; along another axis by ops::take(x, i, { axis = 1 })")})
		}
		i, _ := key.AsBigFloat().Int64()
		return wrap(at(t, 0, int(i)))
	})
}

// loop writes out a `for` expression.
func (c *compiler) loop(e *hclsyntax.ForExpr, ctx *hcl.EvalContext) cty.Value {
	coll := c.walk(e.CollExpr, ctx)
	coll, _ = coll.Unmark()
	if !coll.IsKnown() {
		return cty.DynamicVal
	}
	if coll.IsNull() || !coll.CanIterateElements() {
		c.report(e.CollExpr.Range(), "Invalid loop", "A list, map or set is wanted, got %s", schema.Show(coll))
		return cty.DynamicVal
	}
	list, object := []cty.Value{}, map[string]cty.Value{}
	for it := coll.ElementIterator(); it.Next() && c.steps <= maxSteps; {
		k, v := it.Element()
		inner := ctx.NewChild()
		inner.Variables = map[string]cty.Value{e.ValVar: v}
		if e.KeyVar != "" {
			inner.Variables[e.KeyVar] = k
		}
		if e.CondExpr != nil {
			cond, _ := c.walk(e.CondExpr, inner).Unmark()
			if !cond.IsKnown() {
				return cty.DynamicVal
			}
			if cond.IsNull() || cond.Type() != cty.Bool {
				c.report(e.CondExpr.Range(), "Invalid condition", "A condition is true or false, got %s", schema.Show(cond))
				return cty.DynamicVal
			}
			if cond.False() {
				continue
			}
		}
		value := c.walk(e.ValExpr, inner)
		if e.KeyExpr == nil {
			list = append(list, value)
			continue
		}
		key, err := convert.Convert(c.walk(e.KeyExpr, inner), cty.String)
		if err != nil || !key.IsKnown() || key.IsNull() {
			return cty.DynamicVal
		}
		object[key.AsString()] = value
	}
	if e.KeyExpr != nil {
		return cty.ObjectVal(object)
	}
	return cty.TupleVal(list)
}

// numeric are functions of numbers, and what does the same to tensors.
var numeric = map[string]string{
	"abs": "ops::abs", "ceil": "ops::ceil", "exp": "ops::exp", "floor": "ops::floor", "log": "ops::log", "max": "ops::maximum", "min": "ops::minimum",
	"pow": "ops::power", "signum": "ops::sign", "sqrt": "ops::sqrt", "sum": "ops::sum", "slice": "ops::slice", "reverse": "ops::flip", "transpose": "ops::transpose", "sort": "ops::sort",
}

func (c *compiler) call(e *hclsyntax.FunctionCallExpr, ctx *hcl.EvalContext) cty.Value {
	if strings.HasPrefix(e.Name, "ops::") || strings.HasPrefix(e.Name, "random::") {
		return c.callTensor(e, ctx)
	}
	part := *e
	part.Args = make([]hclsyntax.Expression, len(e.Args))
	for i, a := range e.Args {
		v := c.walk(a, ctx)
		if _, is := c.tensorOf(v); is && numeric[e.Name] != "" {
			c.report(e.NameRange, "Invalid function", "%q is a function of numbers; of tensors it is %s", e.Name, numeric[e.Name])
			return cty.DynamicVal
		}
		part.Args[i] = constant(v, a)
	}
	return c.evaluate(&part, ctx)
}

// callTensor calls one of our functions: positional arguments in Keras' order, then those by name in a
// last object.
func (c *compiler) callTensor(e *hclsyntax.FunctionCallExpr, ctx *hcl.EvalContext) cty.Value {
	args := make([]cty.Value, len(e.Args))
	for i, a := range e.Args {
		args[i] = c.walk(a, ctx)
	}
	fn := lookup(e.Name)
	if fn == nil {
		c.report(e.NameRange, "Unknown function", "There is no function %q.%s", e.Name, schema.Suggest(e.Name, Names()))
		return cty.DynamicVal
	}
	call := &call{compiler: c, fn: fn, values: map[string]cty.Value{}, ranges: map[string]hcl.Range{}}
	var names []string
	for _, p := range fn.params {
		names = append(names, p.name)
	}
	positional := len(args)
	if n := len(args) - 1; n >= 0 {
		if items, ok := keywords(e.Args[n]); ok {
			positional = n
			for _, it := range items.Items {
				k := c.evaluate(it.KeyExpr, ctx)
				if k.Type() != cty.String || !k.IsKnown() || k.IsNull() {
					return cty.DynamicVal
				}
				name := k.AsString()
				if !fn.rest && !contains(names, name) {
					c.report(it.KeyExpr.Range(), "Unsupported argument", "%s has no argument %q.%s", fn.Name, name, schema.Suggest(name, names))
					return cty.DynamicVal
				}
				if args[n].Type().IsObjectType() && args[n].Type().HasAttribute(name) {
					call.values[name], call.ranges[name] = args[n].GetAttr(name), it.ValueExpr.Range()
				}
			}
		}
	}
	if positional > len(names) {
		c.report(e.Args[len(names)].Range(), "Too many arguments", "%s takes %d arguments: %s", fn.Name, len(names), fn.Signature)
		return cty.DynamicVal
	}
	for i, v := range args[:positional] {
		if _, twice := call.values[names[i]]; twice {
			c.report(call.ranges[names[i]], "Argument given twice", "%q is the argument number %d of %s, which is given there already", names[i], i+1, fn.Name)
			return cty.DynamicVal
		}
		call.values[names[i]], call.ranges[names[i]] = v, e.Args[i].Range()
	}
	for _, p := range fn.params {
		if _, ok := call.values[p.name]; !ok && p.def == "" {
			c.report(e.Range(), "Missing argument", "%s needs the argument %q: %s(%s)", fn.Name, p.name, fn.Name, fn.Signature)
			return cty.DynamicVal
		}
	}
	return c.guard(e.Range(), fn.Name, call.ranges, func() cty.Value {
		switch v := fn.call(call).(type) {
		case *Tensor:
			return wrap(v)
		case []*Tensor:
			return wrapAll(v)
		case cty.Value:
			return v
		default:
			panic(fmt.Sprintf("expr: %s returned a %T", fn.Name, v))
		}
	})
}

// keywords is the object with the arguments by name, where an argument is written as one.
func keywords(e hclsyntax.Expression) (*hclsyntax.ObjectConsExpr, bool) {
	for {
		if o, ok := e.(*hclsyntax.ObjectConsExpr); ok {
			return o, true
		}
		u, ok := e.(interface{ UnwrapExpression() hcl.Expression })
		if !ok {
			return nil, false
		}
		if e, ok = u.UnwrapExpression().(hclsyntax.Expression); !ok {
			return nil, false
		}
	}
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
