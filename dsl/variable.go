package dsl

import (
	"fmt"
	"sort"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/dlrun/dlrun/dsl/schema"
)

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
		g := values[d.name]
		var paths cty.Value // the value with what its paths start from
		if g != nil && g.value != cty.NilVal && g.value.ContainsMarked() {
			if given, err := convert.Convert(g.value, d.typ); err == nil {
				paths = given
			}
			g.value, _ = g.value.UnmarkDeep()
		}
		v, where := r.settle(d, g, call)
		if vars[d.name] = v; paths == cty.NilVal {
			paths = v
		}
		if g != nil && g.base != "" {
			paths = schema.MarkPaths(paths, g.base)
		}
		marked[d.name] = paths
		r.m.Variables[d.name] = &Variable{Name: d.name, Description: d.description, Type: d.typ, Nullable: d.nullable, Value: v, DeclRange: header(d.block)}
		r.diags = append(r.diags, r.validateVariable(d, v, where)...)
	}
	r.m.base.Variables["var"] = cty.ObjectVal(vars)
	r.m.paths = r.m.base.NewChild()
	r.m.paths.Variables = map[string]cty.Value{"var": cty.ObjectVal(marked)}
	if !r.root {
		schema.Inside(r.m.paths.Variables)
	}
}

// Paths is ctx for an expression that is the path of a file: texts from the command line know what they
// start from, see schema.ResolvePaths.
func (m *Module) Paths(ctx *hcl.EvalContext) *hcl.EvalContext {
	if m.paths == nil {
		return ctx
	}
	child := ctx.NewChild()
	child.Variables = m.paths.Variables
	return child
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
