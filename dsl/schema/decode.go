package schema

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/json"
	"github.com/zclconf/go-cty/cty"
)

// Decoded tells where a block's arguments were written and which of them are not known yet.
type Decoded struct {
	Block   *Block
	Ranges  map[string]hcl.Range // of the values given
	Unknown []string             // arguments whose value depends on data that has not been read
	Missing hcl.Range            // where an argument that was left out would have to be added

	partial bool // an unknown argument that no field can carry
}

// Partial tells whether an argument is unknown that the thing's own rules cannot do without: its
// output is then unknown too.
func (d *Decoded) Partial() bool { return d.partial }

// Range is where the argument stands, or the place where the block begins when it was left out.
func (d *Decoded) Range(arg string) hcl.Range {
	if r, ok := d.Ranges[arg]; ok {
		return r
	}
	return d.Missing
}

// Diagnose turns an error of the thing's own rules into a diagnostic that points at the argument
// at fault where the error names one (see At), else at the block.
func (d *Decoded) Diagnose(summary string, err error) *hcl.Diagnostic {
	r := d.Missing
	var arg *ArgError
	if errors.As(err, &arg) {
		r = d.Range(arg.Arg)
	}
	return &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: sentence(err.Error()), Subject: &r}
}

// Decode fills what from body, evaluating in ctx. name is what messages call the block, as
// `layer "dense"`; where is the block's header; also names further arguments that are allowed there
// and were taken out of body already, for suggestions. All mistakes are reported at once.
func Decode(body hcl.Body, ctx *hcl.EvalContext, what Described, name string, where hcl.Range, also ...string) (*Decoded, hcl.Diagnostics) {
	b := Describe(what)
	d := &decoder{name: name, ctx: ctx, out: &Decoded{Block: b, Ranges: map[string]hcl.Range{}, Missing: where}}
	content, diags := d.content(body, b, also)
	if content == nil {
		return d.out, diags
	}
	for _, a := range b.Args {
		diags = append(diags, d.arg(a, content)...)
	}
	if v, ok := what.(Validator); ok && !diags.HasErrors() && len(d.out.Unknown) == 0 {
		if err := v.Validate(); err != nil {
			diags = append(diags, d.out.Diagnose("Invalid "+name, err))
		}
	}
	return d.out, diags
}

type decoder struct {
	name string
	ctx  *hcl.EvalContext
	out  *Decoded
}

// named is a choice as it was written: a name alone, or a name with a body.
type named struct {
	name   string
	where  hcl.Range
	body   hcl.Body  // nil for a name alone
	value  cty.Value // a number where a name could stand
	output string    // the model's output it is for, "" where not said
	null   bool      // nothing, said explicitly for an output
}

type content struct {
	attrs  map[string]*hcl.Attribute
	blocks map[string][]*hcl.Block
}

func (d *decoder) content(body hcl.Body, b *Block, also []string) (*content, hcl.Diagnostics) {
	var s hcl.BodySchema
	isJSON := strings.HasSuffix(body.MissingItemRange().Filename, ".json")
	names := append([]string(nil), also...)
	for _, a := range b.Args {
		names = append(names, a.Name)
		s.Attributes = append(s.Attributes, hcl.AttributeSchema{Name: a.Name})
		if a.Choice == nil {
			continue
		}
		block := a.Name
		if a.List != "" {
			block = a.List
			names = append(names, block)
		}
		if !isJSON || a.List != "" { // in JSON the two forms of a name-or-block look alike: see nameOrObject
			s.Blocks = append(s.Blocks, hcl.BlockHeaderSchema{Type: block, LabelNames: []string{"name"}})
		}
	}
	c, diags := body.Content(&s)
	Rephrase(diags, d.name, names)
	if c == nil {
		return nil, diags
	}
	out := &content{attrs: c.Attributes, blocks: map[string][]*hcl.Block{}}
	for _, bl := range c.Blocks {
		out.blocks[bl.Type] = append(out.blocks[bl.Type], bl)
	}
	return out, diags
}

var firstQuoted = regexp.MustCompile(`"([^"]*)"`)

// Rephrase rewrites hcl's complaints about unexpected arguments and blocks so that they say what
// may stand there, with a suggestion for a misspelt name.
func Rephrase(diags hcl.Diagnostics, name string, names []string) {
	for _, g := range diags {
		switch g.Summary {
		case "Unsupported argument", "Unsupported block type", "Extraneous JSON object property", "Unexpected block type":
		default:
			continue
		}
		m := firstQuoted.FindStringSubmatch(g.Detail)
		if m == nil {
			continue
		}
		kind := "argument"
		if strings.Contains(g.Summary, "block") {
			kind = "block"
		}
		hint := Suggest(m[1], names)
		if len(names) == 0 {
			hint = " It takes none."
		}
		g.Summary = "Unsupported " + kind
		g.Detail = fmt.Sprintf("%s has no %s %q.%s", name, kind, m[1], hint)
	}
}

func (d *decoder) arg(a *Arg, c *content) hcl.Diagnostics {
	attr := c.attrs[a.Name]
	if a.Choice != nil {
		return d.choice(a, attr, c)
	}
	if attr == nil {
		return d.absent(a)
	}
	d.out.Ranges[a.Name] = attr.Expr.Range()
	if a.expr != nil {
		if err := a.expr(attr.Expr, d.ctx); err != nil {
			return d.invalid(a.Name, attr.Expr, err)
		}
		return nil
	}
	v, diags := attr.Expr.Value(d.ctx)
	if diags.HasErrors() {
		return diags
	}
	return append(diags, d.value(a, attr.Expr, v)...)
}

func (d *decoder) value(a *Arg, e hcl.Expression, v cty.Value) hcl.Diagnostics {
	v, _ = v.UnmarkDeep()
	if v.IsKnown() && v.IsNull() { // null is as if it had not been written
		return d.absent(a)
	}
	if !v.IsWhollyKnown() {
		if a.Type == Ints && v.IsKnown() { // a list with an open element is a shape with an open axis
			if err := a.set(v); err != nil {
				return d.invalid(a.Name, e, err)
			}
		} else if a.unknown != nil {
			a.unknown()
		}
		d.out.Unknown = append(d.out.Unknown, a.Name)
		if !a.mayBeUnknown {
			d.out.partial = true
		}
		return nil
	}
	if err := a.set(v); err != nil {
		return d.invalid(a.Name, e, err)
	}
	if err := a.limits(v); err != nil {
		return d.invalid(a.Name, e, err)
	}
	return nil
}

func (a *Arg) limits(v cty.Value) error {
	check := func(v cty.Value) error {
		for _, l := range a.Limits {
			if !v.IsNull() && !l.check(v) {
				return fmt.Errorf("%s is wanted, got %s", strings.ToUpper(l.Text[:1])+l.Text[1:], Show(v))
			}
		}
		return nil
	}
	if !v.CanIterateElements() {
		return check(v)
	}
	for it := v.ElementIterator(); it.Next(); {
		if _, e := it.Element(); !e.CanIterateElements() {
			if err := check(e); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *decoder) absent(a *Arg) hcl.Diagnostics {
	if !a.Required {
		return nil
	}
	r := d.out.Missing
	return hcl.Diagnostics{{Severity: hcl.DiagError, Summary: "Missing argument",
		Detail: fmt.Sprintf("%s needs the argument %q: %s", d.name, a.Name, a.Help), Subject: &r}}
}

func (d *decoder) invalid(arg string, e hcl.Expression, err error) hcl.Diagnostics {
	r := e.Range()
	return hcl.Diagnostics{{Severity: hcl.DiagError, Summary: fmt.Sprintf("Invalid value for %q", arg),
		Detail: sentence(err.Error()), Subject: &r, Expression: e, EvalContext: nil}}
}

func sentence(s string) string {
	if s == "" {
		return s
	}
	s = strings.ToUpper(s[:1]) + s[1:]
	if !strings.HasSuffix(s, ".") && !strings.HasSuffix(s, "?") && !strings.HasSuffix(s, "!") {
		s += "."
	}
	return s
}

// choice gathers what was written for a name-or-block argument, in either form and syntax.
func (d *decoder) choice(a *Arg, attr *hcl.Attribute, c *content) hcl.Diagnostics {
	var given []named
	var diags hcl.Diagnostics
	block := a.Name
	if a.List != "" {
		block = a.List
	}
	if attr != nil {
		d.out.Ranges[a.Name] = attr.Expr.Range()
		n, more := d.written(a, attr.Expr)
		diags = append(diags, more...)
		given = append(given, n...)
		if more := c.blocks[block]; len(more) > 0 && a.List == "" {
			r := more[0].DefRange
			return append(diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: fmt.Sprintf("%q given twice", a.Name),
				Detail: fmt.Sprintf("%s has both an attribute and a block %q (line %d); keep one.", d.name, a.Name, attr.Range.Start.Line), Subject: &r})
		}
	}
	for _, bl := range c.blocks[block] {
		d.out.Ranges[a.Name] = bl.DefRange
		given = append(given, named{name: bl.Labels[0], where: bl.DefRange, body: bl.Body})
	}
	if a.List == "" && !a.perOutput && len(given) > 1 {
		r := given[1].where
		return append(diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: fmt.Sprintf("%q given twice", a.Name),
			Detail: fmt.Sprintf("%s takes one %s; the other is on line %d.", d.name, a.Name, given[0].where.Start.Line), Subject: &r})
	}
	if diags.HasErrors() {
		return diags
	}
	if len(given) == 0 {
		if attr == nil || a.Required {
			return append(diags, d.absent(a)...)
		}
		return diags
	}
	return append(diags, a.choose(d, given)...)
}

// written reads the attribute form: a name, a list of names, or either by output name.
func (d *decoder) written(a *Arg, e hcl.Expression) ([]named, hcl.Diagnostics) {
	if pairs, bad := hcl.ExprMap(e); a.perOutput && !bad.HasErrors() && !d.isBlockObject(a, e) {
		var out []named
		var diags hcl.Diagnostics
		for _, p := range pairs {
			k, more := p.Key.Value(d.ctx)
			diags = append(diags, more...)
			if more.HasErrors() || !k.IsKnown() || k.IsNull() || k.Type() != cty.String {
				continue
			}
			ns, more := d.names(a, p.Value)
			diags = append(diags, more...)
			if len(ns) == 0 && !more.HasErrors() {
				ns = []named{{null: true, where: p.Value.Range()}}
			}
			for _, n := range ns {
				n.output = k.AsString()
				out = append(out, n)
			}
		}
		return out, diags
	}
	return d.names(a, e)
}

func (d *decoder) names(a *Arg, e hcl.Expression) ([]named, hcl.Diagnostics) {
	if a.List != "" {
		if list, more := hcl.ExprList(e); !more.HasErrors() {
			var out []named
			var diags hcl.Diagnostics
			for _, x := range list {
				n, more := d.nameOrObject(a, x)
				diags = append(diags, more...)
				out = append(out, n...)
			}
			return out, diags
		}
	}
	return d.nameOrObject(a, e)
}

// isBlockObject recognises JSON's form of a block: an object whose one key is a registered name
// with an object as its value.
func (d *decoder) isBlockObject(a *Arg, e hcl.Expression) bool {
	if !json.IsJSONExpression(e) {
		return false
	}
	pairs, diags := hcl.ExprMap(e)
	if diags.HasErrors() || len(pairs) != 1 {
		return false
	}
	if _, bad := hcl.ExprMap(pairs[0].Value); bad.HasErrors() {
		return false
	}
	k, diags := pairs[0].Key.Value(nil)
	return !diags.HasErrors() && k.Type() == cty.String && a.Choice.Has(k.AsString())
}

// nameOrObject reads one name; in JSON also an object whose one key is a registered name.
func (d *decoder) nameOrObject(a *Arg, e hcl.Expression) ([]named, hcl.Diagnostics) {
	if d.isBlockObject(a, e) {
		pairs, _ := hcl.ExprMap(e)
		k, diags := pairs[0].Key.Value(nil)
		return []named{{name: k.AsString(), where: pairs[0].Key.Range(), body: JSONBody(pairs[0].Value)}}, diags
	}
	v, diags := e.Value(d.ctx)
	if diags.HasErrors() {
		return nil, diags
	}
	v, _ = v.UnmarkDeep()
	if !v.IsKnown() {
		d.out.Unknown, d.out.partial = append(d.out.Unknown, a.Name), true
		return nil, diags
	}
	if v.IsNull() {
		return nil, diags
	}
	one := func(v cty.Value) ([]named, hcl.Diagnostics) {
		switch {
		case v.IsKnown() && !v.IsNull() && v.Type() == cty.String:
			return []named{{name: v.AsString(), where: e.Range()}}, nil
		case a.Number && v.IsKnown() && !v.IsNull() && v.Type() == cty.Number:
			return []named{{value: v, where: e.Range()}}, nil
		case a.Number:
			return nil, d.invalid(a.Name, e, wrongType(v, fmt.Sprintf("a number or the name of a %s", a.Choice.Kind())))
		}
		return nil, d.invalid(a.Name, e, wrongType(v, fmt.Sprintf("the name of a %s", a.Choice.Kind())))
	}
	if a.List != "" && (v.Type().IsTupleType() || v.Type().IsListType() || v.Type().IsSetType()) {
		var out []named
		for it := v.ElementIterator(); it.Next(); {
			_, x := it.Element()
			n, more := one(x)
			diags = append(diags, more...)
			out = append(out, n...)
		}
		return out, diags
	}
	n, more := one(v)
	return n, append(diags, more...)
}
