package schema

import (
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// Decoded tells where a block's arguments were written and which of them are not known yet.
type Decoded struct {
	Block   *Block
	Ranges  map[string]hcl.Range // of the values given
	Unknown []string             // arguments whose value depends on data that has not been read
	Chosen  map[string]string    // the names of what was chosen where a name or a block is wanted, by argument
	Missing hcl.Range            // where an argument that was left out would have to be added

	partial bool // an unknown argument that no field can carry
	failed  map[string]bool
}

// Failed tells whether one of the arguments has a mistake, so that its field is not to be used.
func (d *Decoded) Failed(args ...string) bool {
	for _, a := range args {
		if d.failed[a] {
			return true
		}
	}
	return false
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
	d := &decoder{name: name, ctx: ctx, out: &Decoded{Block: b, Ranges: map[string]hcl.Range{}, Missing: where, failed: map[string]bool{}}}
	content, diags := d.content(body, b, also)
	if content == nil {
		return d.out, diags
	}
	for _, a := range b.Args {
		more := d.arg(a, content)
		d.out.failed[a.Name] = more.HasErrors()
		diags = append(diags, more...)
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
	if a.path {
		if err := LeadsOut(v, d.ctx); err != nil {
			return d.invalid(a.Name, e, err)
		}
		v = ResolvePaths(v)
	}
	v, _ = v.UnmarkDeep()
	if v.IsKnown() && v.IsNull() { // null is as if it had not been written
		if a.null != nil {
			a.null()
			return nil
		}
		return d.absent(a)
	}
	if !v.IsWhollyKnown() {
		return d.unknown(a, e, v)
	}
	if err := a.set(v); err != nil {
		return d.invalid(a.Name, e, err)
	}
	if err := a.limits(v); err != nil {
		return d.invalid(a.Name, e, err)
	}
	return nil
}

// unknown handles a value that depends on something not known yet. What is known of it is checked.
func (d *decoder) unknown(a *Arg, e hcl.Expression, v cty.Value) hcl.Diagnostics {
	d.out.Unknown = append(d.out.Unknown, a.Name)
	if !a.mayBeUnknown {
		d.out.partial = true
	}
	if v.IsKnown() {
		if a.Type == Ints { // a list with an open element is a shape with an open axis
			if err := a.set(v); err != nil {
				return d.invalid(a.Name, e, err)
			}
			if err := a.limits(v); err != nil {
				return d.invalid(a.Name, e, err)
			}
		} else if a.unknown != nil {
			a.unknown()
		}
		return nil
	}
	if a.unknown != nil {
		a.unknown()
	}
	if want, ok := scalars[a.Type]; ok && v.Type() != cty.DynamicPseudoType && v.Type() != want {
		return d.invalid(a.Name, e, fmt.Errorf("%s is wanted, and this will be %s", withArticle(string(a.Type)), withArticle(v.Type().FriendlyName())))
	}
	return nil
}

// scalars are the arguments whose values have one type, which is known even where the value is not.
var scalars = map[Type]cty.Type{Int: cty.Number, Float: cty.Number, Bool: cty.Bool, String: cty.String}

func withArticle(noun string) string {
	if noun != "" && strings.ContainsRune("aeiou", rune(noun[0])) {
		return "an " + noun
	}
	return "a " + noun
}

// limits checks the argument's rules on a value, or on each element that is known.
func (a *Arg) limits(v cty.Value) error {
	check := func(v cty.Value, at string) error {
		if !v.IsKnown() || v.IsNull() {
			return nil
		}
		for _, l := range a.Limits {
			if l.check(v) {
				continue
			}
			hint := ""
			if words, ok := l.JSON["enum"].([]string); ok && v.Type() == cty.String {
				if h := Suggest(v.AsString(), words); strings.Contains(h, "Did you mean") {
					hint = "." + h
				}
			}
			return fmt.Errorf("%s%s is wanted, got %s%s", at, l.Text, Show(v), hint)
		}
		return nil
	}
	if !v.CanIterateElements() {
		return check(v, "")
	}
	i := 0
	for it := v.ElementIterator(); it.Next(); i++ {
		if _, e := it.Element(); e.IsKnown() && !e.CanIterateElements() {
			if err := check(e, fmt.Sprintf("element %d: ", i)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *decoder) absent(a *Arg) hcl.Diagnostics {
	if !a.Required {
		delete(d.out.Ranges, a.Name)
		return nil
	}
	r := d.out.Missing
	if at, ok := d.out.Ranges[a.Name]; ok { // written as null
		r = at
	}
	return hcl.Diagnostics{{
		Severity: hcl.DiagError, Summary: "Missing argument",
		Detail: fmt.Sprintf("%s needs the argument %q: %s", d.name, a.Name, lowerFirst(a.Help)), Subject: &r,
	}}
}

func (d *decoder) invalid(arg string, e hcl.Expression, err error) hcl.Diagnostics {
	r := e.Range()
	return hcl.Diagnostics{{
		Severity: hcl.DiagError, Summary: fmt.Sprintf("Invalid value for %q", arg),
		Detail: sentence(err.Error()), Subject: &r, Expression: e, EvalContext: d.ctx,
	}}
}

// lowerFirst makes a sentence the second half of one, but leaves "L2" and "Keras" alone.
func lowerFirst(s string) string {
	if len(s) > 1 && s[0] >= 'A' && s[0] <= 'Z' && (s[1] >= 'a' && s[1] <= 'z' || s[1] == ' ') && !strings.HasPrefix(s, "Keras") {
		return strings.ToLower(s[:1]) + s[1:]
	}
	return s
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
