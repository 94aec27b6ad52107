package dsl

import (
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/dlrun/dlrun/dsl/schema"
)

// EnvPrefix begins the environment variables that set a file's variables.
const EnvPrefix = "DLRUN_VAR_"

// declaration is a variable or param block as it is written, without a value yet.
type declaration struct {
	name        string
	description string
	typ         cty.Type
	defaults    *typeexpr.Defaults // of optional() attributes
	nullable    bool
	def         cty.Value // cty.NilVal for none
	defRange    hcl.Range
	validations []Validation
	block       *hcl.Block
}

// variableBlock is a variable or param block as it is written.
type variableBlock struct {
	param       bool
	typ, def    schema.Expr
	description string
	nullable    bool
}

// Schema describes a variable or param block.
func (v *variableBlock) Schema(s *schema.Block) {
	if v.param {
		s.Doc("An argument of the block: what a layer that uses it can set.", "dlrun")
	} else {
		s.Doc("An input of the file: `var.NAME`, set with -var, -var-file or DLRUN_VAR_NAME.", "dlrun")
	}
	s.Expr(&v.typ, "type", "What values are allowed: string, number, bool, any, list(T), set(T), map(T), tuple([T, ...]) or object({ NAME = T, ... }) with optional(T, DEFAULT).", schema.Optional(), schema.Example("number"))
	s.Expr(&v.def, "default", "The value where none is given; without it one must be.", schema.Optional())
	s.String(&v.description, "description", "What it is for.", schema.Optional())
	s.Bool(&v.nullable, "nullable", "Whether null is a value.", schema.Default(true))
	s.Nested(schema.Nested{Name: "validation", Help: "A rule that the value must satisfy.", Of: func() schema.Described { return new(conditionBlock) }})
}

// conditionBlock is a validation or check block as it is written.
type conditionBlock struct {
	check                   bool
	condition, errorMessage schema.Expr
}

// Schema describes a validation or check block.
func (c *conditionBlock) Schema(s *schema.Block) {
	if c.check {
		s.Doc("A condition on the metrics of the finished training; where it does not hold, fit exits with 3.", "dlrun")
		s.Expr(&c.condition, "condition", "True where all is well, as in metrics.val_accuracy >= 0.9.", schema.Example("metrics.val_accuracy >= 0.9"))
	} else {
		s.Doc("A rule that a value must satisfy.", "dlrun")
		s.Expr(&c.condition, "condition", "True where the value is good, as in var.depth >= 1.", schema.Example("var.depth >= 1"))
	}
	s.Expr(&c.errorMessage, "error_message", "What to say where the condition is false.", schema.Example("\"It must be at least 1.\""))
}

// declare reads a variable or param block.
func declare(what string, b *hcl.Block) (*declaration, hcl.Diagnostics) {
	d := &declaration{name: b.Labels[0], def: cty.NilVal, block: b}
	title := fmt.Sprintf("%s %q", what, d.name)
	v := variableBlock{param: what == "param"}
	c, rest, diags := b.Body.PartialContent(schema.Header(schema.Describe(&v), false))
	schema.Rephrase(diags, title, nil)
	out, more := schema.Decode(rest, nil, &v, title, header(b), "validation")
	diags = append(diags, more...)
	d.description, d.nullable, d.typ = v.description, v.nullable, cty.DynamicPseudoType
	if e := v.typ.Expression; e != nil {
		more := checkExpression(e)
		var ty cty.Type
		var defaults *typeexpr.Defaults
		if !more.HasErrors() {
			ty, defaults, more = typeexpr.TypeConstraintWithDefaults(e)
		}
		for _, m := range more {
			if m.Severity == hcl.DiagError {
				m.Summary = "Invalid type"
				m.Detail += " Types are string, number, bool, any, list(T), set(T), map(T), tuple([T, ...]) and object({ NAME = T, ... })."
			}
		}
		diags = append(diags, more...)
		if !more.HasErrors() {
			d.typ, d.defaults = ty, defaults
		}
	}
	if e := v.def.Expression; e != nil {
		d.defRange = out.Range("default")
		v, more := e.Value(nil)
		for _, m := range more {
			if m.Summary == "Variables not allowed" || m.Summary == "Function calls not allowed" {
				m.Detail = fmt.Sprintf("The default of %s is a plain value: it cannot use names or functions. Use a local for what is computed.", title)
			}
		}
		diags = append(diags, more...)
		d.def = cty.UnknownVal(d.typ) // where it is wrong it is there all the same: no second complaint
		if !more.HasErrors() {
			v, err := d.convert(v)
			if err != nil {
				diags = append(diags, problem(&d.defRange, "Invalid default of "+title, "%s.", sentence(err)))
			} else {
				d.def = v
			}
		}
	}
	if c != nil {
		for _, b := range c.Blocks {
			v, more := readCondition(b, new(conditionBlock))
			diags = append(diags, more...)
			if v != nil {
				d.validations = append(d.validations, *v)
			}
		}
	}
	return d, diags
}

// readCondition reads a validation or check block.
func readCondition(b *hcl.Block, c *conditionBlock) (*Validation, hcl.Diagnostics) {
	_, diags := schema.Decode(b.Body, nil, c, b.Type, header(b))
	if diags.HasErrors() {
		return nil, diags
	}
	return &Validation{Condition: c.condition.Expression, ErrorMessage: c.errorMessage.Expression, DeclRange: header(b)}, diags
}

// convert fits a value to the declared type.
func (d *declaration) convert(v cty.Value) (cty.Value, error) {
	if !v.IsKnown() {
		return cty.UnknownVal(d.typ), nil
	}
	if v.IsNull() {
		if !d.nullable {
			return cty.NilVal, fmt.Errorf("null is not allowed here (nullable = false)")
		}
		return cty.NullVal(d.typ), nil
	}
	if d.defaults != nil {
		v = d.defaults.Apply(v)
	}
	out, err := convert.Convert(v, d.typ)
	if err != nil {
		if pe, ok := err.(cty.PathError); ok && len(pe.Path) > 0 {
			return cty.NilVal, fmt.Errorf("%s is wanted, got %s: %s", typeName(d.typ), schema.Show(v), pathError(err))
		}
		return cty.NilVal, fmt.Errorf("%s is wanted, got %s", typeName(d.typ), schema.Show(v))
	}
	if err := checkSize(out); err != nil {
		return cty.NilVal, err
	}
	return out, nil
}

// typeName is what messages call a type.
func typeName(ty cty.Type) string {
	if ty == cty.Bool {
		return "true or false"
	}
	return article(typeexpr.TypeString(ty))
}

// validate applies the validation blocks to a value. subject is where the value was given.
func validate(what string, rules []Validation, ctx *hcl.EvalContext, v cty.Value, subject hcl.Range) hcl.Diagnostics {
	var diags hcl.Diagnostics
	for _, rule := range rules {
		ok, more := condition(rule.Condition, ctx)
		diags = append(diags, more...)
		if more.HasErrors() || !ok.IsKnown() || ok.True() {
			continue
		}
		msg, more := message(rule.ErrorMessage, ctx)
		diags = append(diags, more...)
		if msg == "" {
			continue
		}
		at := rule.DeclRange
		diags = append(diags, problem(&subject, "Invalid value for "+what, "%s The value is %s; the rule is on line %d.", msg, schema.Show(v), at.Start.Line))
	}
	return diags
}

// condition evaluates to true, false or unknown.
func condition(e hcl.Expression, ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	v, diags := e.Value(ctx)
	if diags.HasErrors() {
		return cty.UnknownVal(cty.Bool), diags
	}
	v, _ = v.Unmark()
	if !v.IsKnown() {
		return cty.UnknownVal(cty.Bool), diags
	}
	b, err := convert.Convert(v, cty.Bool)
	if err != nil || b.IsNull() {
		return cty.UnknownVal(cty.Bool), append(diags, problem(e.Range().Ptr(), `Invalid value for "condition"`, "A condition is true or false, got %s.", schema.Show(v)))
	}
	return b, diags
}

// message evaluates an error message; "" where it is not known or not a string.
func message(e hcl.Expression, ctx *hcl.EvalContext) (string, hcl.Diagnostics) {
	v, diags := e.Value(ctx)
	if diags.HasErrors() {
		return "", diags
	}
	v, _ = v.Unmark()
	if !v.IsKnown() {
		return "The rule does not hold.", diags
	}
	s, err := convert.Convert(v, cty.String)
	if err != nil || s.IsNull() {
		return "", append(diags, problem(e.Range().Ptr(), `Invalid value for "error_message"`, "A string is wanted, got %s.", schema.Show(v)))
	}
	return strings.TrimSpace(s.AsString()), diags
}

// given is a value for a variable and who gave it.
type given struct {
	value cty.Value
	text  string // where value is NilVal: to be read by the variable's type
	where hcl.Range
	who   string // "-var", "the environment", a file
	base  string // what relative paths in it start from; "" for the directory of the module
}

// variables reads the variable blocks and settles their values.
func (r *reader) variables(call moduleCall) {
	var declared []*declaration
	names := []string{}
	for _, b := range r.blocks["variable"] {
		d, diags := declare("variable", b)
		r.diags = append(r.diags, diags...)
		declared = append(declared, d)
		names = append(names, d.name)
	}
	sort.Strings(names)
	values := r.given(call, names)
	vars, marked := map[string]cty.Value{}, map[string]cty.Value{}
	for _, d := range declared {
		v, where := r.settle(d, values[d.name], call)
		vars[d.name], marked[d.name] = v, v
		if g := values[d.name]; g != nil && g.base != "" {
			marked[d.name] = schema.MarkPaths(v, g.base)
		}
		r.m.Variables[d.name] = &Variable{Name: d.name, Description: d.description, Type: d.typ, Nullable: d.nullable, Value: v, DeclRange: header(d.block)}
		r.diags = append(r.diags, r.validateVariable(d, v, where)...)
	}
	r.m.base.Variables["var"] = cty.ObjectVal(vars)
	r.m.paths = r.m.base.NewChild()
	r.m.paths.Variables = map[string]cty.Value{"var": cty.ObjectVal(marked)}
}

// validateVariable lets a rule see the one variable it belongs to and the functions.
func (r *reader) validateVariable(d *declaration, v cty.Value, where hcl.Range) hcl.Diagnostics {
	ctx := r.m.base.NewChild()
	ctx.Variables = map[string]cty.Value{"var": cty.ObjectVal(map[string]cty.Value{d.name: v})}
	return validate(fmt.Sprintf("variable %q", d.name), d.validations, ctx, v, where)
}

// settle finds a variable's value and where it comes from.
func (r *reader) settle(d *declaration, g *given, call moduleCall) (cty.Value, hcl.Range) {
	title := fmt.Sprintf("variable %q", d.name)
	if g == nil {
		switch {
		case d.def != cty.NilVal:
			return d.def, d.defRange
		case r.root && r.opts.AllowUnsetVariables:
		case r.root:
			r.fail(header(d.block).Ptr(), "No value for "+title, "It has no default: give it one here, or a value with -var %s=..., with a line in a -var-file, or in %s%s.", d.name, EnvPrefix, d.name)
		default:
			r.fail(call.where, "Missing argument", "import %q needs the argument %q: the imported variable of that name has no default.", call.name, d.name)
		}
		return cty.UnknownVal(d.typ), header(d.block)
	}
	where := g.where
	if where.Filename == "" {
		where = header(d.block)
	}
	v, err := g.value, error(nil)
	if v == cty.NilVal {
		v, err = readText(g.text, d.typ)
	}
	if err == nil {
		v, err = d.convert(v)
	}
	if err != nil {
		r.fail(&where, "Invalid value for "+title, "From %s: %s.", g.who, err)
		return cty.UnknownVal(d.typ), where
	}
	return v, where
}

// given gathers the values that were handed in, each name's strongest.
func (r *reader) given(call moduleCall, names []string) map[string]*given {
	out := map[string]*given{}
	known := map[string]bool{}
	for _, n := range names {
		known[n] = true
	}
	if !r.root {
		for n, a := range call.args {
			if !known[n] {
				r.fail(a.NameRange.Ptr(), "Unsupported argument", "The module that import %q brings has no variable %q.%s", call.name, n, suggestOrNone(n, names, "variables"))
				continue
			}
			out[n] = &given{value: call.values[n], where: a.Expr.Range(), who: "import " + call.name}
		}
		return out
	}
	if r.bundle != nil {
		for n, v := range r.bundle.values {
			if known[n] {
				out[n] = &given{value: v, who: "the bundle"}
			}
		}
	}
	for k, v := range r.opts.Env {
		if n, ok := strings.CutPrefix(k, EnvPrefix); ok && known[n] {
			out[n] = &given{text: v, value: cty.NilVal, who: k, base: r.workDir()}
		}
	}
	for _, f := range r.opts.VarFiles {
		for n, g := range r.readVarFile(f) {
			if !known[n] {
				r.fail(&g.where, "No such variable", "The model has no variable %q.%s", n, suggestOrNone(n, names, "variables"))
				continue
			}
			out[n] = g
		}
	}
	for _, n := range sortedKeys(r.opts.Vars) {
		if !known[n] {
			r.fail(nil, "No such variable", "-var sets %q, which is no variable of the model.%s", n, suggestOrNone(n, names, "variables"))
			continue
		}
		out[n] = &given{text: r.opts.Vars[n], value: cty.NilVal, who: "-var " + n, base: r.workDir()}
	}
	return out
}

// readVarFile reads a file of NAME = VALUE lines, or a JSON object.
func (r *reader) readVarFile(p string) map[string]*given {
	file, diags := r.parse(place{osTree{}, filepath.Clean(p)})
	r.diags = append(r.diags, diags...)
	if file == nil {
		return nil
	}
	attrs, diags := file.file.Body.JustAttributes()
	for _, d := range diags {
		if strings.Contains(d.Summary, "block") {
			d.Detail = "A file of variables holds lines of NAME = VALUE, no blocks."
		}
	}
	r.diags = append(r.diags, diags...)
	out := map[string]*given{}
	base := filepath.Dir(filepath.Clean(p))
	if !filepath.IsAbs(base) {
		base = filepath.Join(r.workDir(), base)
	}
	for n, a := range attrs {
		v, diags := a.Expr.Value(nil)
		r.diags = append(r.diags, diags...)
		if !diags.HasErrors() {
			out[n] = &given{value: v, where: a.Expr.Range(), who: p, base: base}
		}
	}
	return out
}

// readText reads a value from the command line or environment: for a string the text itself, for any
// other type an HCL expression without names.
func readText(text string, typ cty.Type) (cty.Value, error) {
	if len(text) > maxFileBytes {
		return cty.NilVal, fmt.Errorf("the text is longer than %s", size(maxFileBytes))
	}
	if typ == cty.String {
		return cty.StringVal(text), nil
	}
	asText := typ == cty.DynamicPseudoType || typ.IsPrimitiveType()
	if typ.IsPrimitiveType() {
		return cty.StringVal(strings.TrimSpace(text)), nil // convert knows "3" and "true"
	}
	if diags := checkText("value.hcl", []byte(text)); diags.HasErrors() {
		return cty.NilVal, fmt.Errorf("%s", diags[0].Detail)
	}
	e, diags := hclsyntax.ParseExpression([]byte(text), "value.hcl", hcl.InitialPos)
	if !diags.HasErrors() {
		meter(e, nil)
		var v cty.Value
		if v, diags = e.Value(nil); !diags.HasErrors() {
			return v, nil
		}
	}
	if asText { // any: what is no expression is a string
		return cty.StringVal(text), nil
	}
	return cty.NilVal, fmt.Errorf("%q is not a value in HCL: %s", clip(text), strings.TrimSuffix(diags[0].Detail, "."))
}

// workDir is what relative paths on the command line start from.
func (l *loader) workDir() string {
	if l.opts.WorkDir != "" {
		return l.opts.WorkDir
	}
	d, err := os.Getwd()
	if err != nil {
		return "."
	}
	return d
}
