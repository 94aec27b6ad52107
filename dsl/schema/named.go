package schema

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/json"
	"github.com/zclconf/go-cty/cty"
)

// named is a choice as it was written: a name alone, or a name with a body.
type named struct {
	name   string
	where  hcl.Range
	body   hcl.Body  // nil for a name alone
	value  cty.Value // a number where a name could stand
	output string    // the model's output it is for, "" where not said
	null   bool      // nothing, said explicitly for an output
}

// IsJSON tells whether an expression was written in JSON syntax. (hcl's own test does not look through
// expressions that wrap others.)
func IsJSON(e hcl.Expression) bool { return json.IsJSONExpression(hcl.UnwrapExpression(e)) }

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
		if blocks := c.blocks[block]; len(blocks) > 0 && a.List == "" {
			r := blocks[0].DefRange
			return append(diags, &hcl.Diagnostic{
				Severity: hcl.DiagError, Summary: fmt.Sprintf("%q given twice", a.Name),
				Detail: fmt.Sprintf("%s has both an argument and a block %q (the argument on line %d); keep one.", d.name, a.Name, attr.Range.Start.Line), Subject: &r,
			})
		}
	}
	for i, bl := range c.blocks[block] {
		if _, ok := d.out.Ranges[a.Name]; !ok || i == 0 {
			d.out.Ranges[a.Name] = bl.DefRange
		}
		given = append(given, named{name: bl.Labels[0], where: labelRange(bl), body: bl.Body})
	}
	if a.List == "" && a.per == nil && len(given) > 1 {
		r := given[1].where
		return append(diags, &hcl.Diagnostic{
			Severity: hcl.DiagError, Summary: fmt.Sprintf("%q given twice", a.Name),
			Detail: fmt.Sprintf("%s takes one %s; the other is on line %d.", d.name, a.Name, given[0].where.Start.Line), Subject: &r,
		})
	}
	if len(given) == 0 && diags.HasErrors() {
		return diags
	}
	if len(given) == 0 {
		if len(d.out.Unknown) > 0 && d.out.Unknown[len(d.out.Unknown)-1] == a.Name {
			return diags
		}
		return append(diags, d.absent(a)...)
	}
	if len(given) > maxList {
		return append(diags, d.invalid(a.Name, attr.Expr, fmt.Errorf("the list has %d elements, more than %d", len(given), maxList))...)
	}
	return append(diags, a.choose(d, given)...)
}

// labelRange is where a block says what it is.
func labelRange(b *hcl.Block) hcl.Range {
	if len(b.LabelRanges) > 0 {
		return b.LabelRanges[0]
	}
	return b.DefRange
}

// written reads the attribute form: a name, a list of names, or either by output name.
func (d *decoder) written(a *Arg, e hcl.Expression) ([]named, hcl.Diagnostics) {
	if a.per == nil || d.isBlockObject(a, e) {
		return d.names(a, e)
	}
	pairs, bad := hcl.ExprMap(e)
	if bad.HasErrors() {
		return d.perOutputValue(a, e)
	}
	var out []named
	var diags hcl.Diagnostics
	for _, p := range pairs {
		k, more := p.Key.Value(d.ctx)
		diags = append(diags, more...)
		if more.HasErrors() {
			continue
		}
		k, _ = k.Unmark()
		if !k.IsKnown() {
			d.out.Unknown, d.out.partial = append(d.out.Unknown, a.Name), true
			continue
		}
		output, err := asString(k)
		if err != nil {
			diags = append(diags, d.invalid(a.Name, p.Key, fmt.Errorf("%s is wanted before the equals sign, got %s", a.per.wanted, Show(k)))...)
			continue
		}
		if _, bad := hcl.ExprMap(p.Value); IsJSON(e) && !bad.HasErrors() && !d.isBlockObject(a, p.Value) {
			// Neither a name that is registered nor an output with a name: most likely a misspelt name.
			out = append(out, named{name: output, where: p.Key.Range(), body: JSONBody(p.Value)})
			continue
		}
		ns, more := d.names(a, p.Value)
		diags = append(diags, more...)
		if len(ns) == 0 && !more.HasErrors() {
			ns = []named{{null: true, where: p.Value.Range()}}
		}
		for _, n := range ns {
			n.output = output
			out = append(out, n)
		}
	}
	return out, diags
}

// perOutputValue reads the attribute form where it is not an object as written: a name, a list, or an
// expression whose value is an object by output name.
func (d *decoder) perOutputValue(a *Arg, e hcl.Expression) ([]named, hcl.Diagnostics) {
	if list, bad := hcl.ExprList(e); IsJSON(e) && !bad.HasErrors() {
		var out []named
		var diags hcl.Diagnostics
		for _, x := range list {
			n, more := d.nameOrObject(a, x)
			diags = append(diags, more...)
			out = append(out, n...)
		}
		return out, diags
	}
	v, diags := e.Value(d.ctx)
	if diags.HasErrors() {
		return nil, diags
	}
	v, _ = v.UnmarkDeep()
	if !v.IsKnown() || v.IsNull() || !(v.Type().IsObjectType() || v.Type().IsMapType()) {
		return d.names(a, e)
	}
	var out []named
	for it := v.ElementIterator(); it.Next(); {
		k, x := it.Element()
		ns, more := d.valueNames(a, e, x)
		diags = append(diags, more...)
		if len(ns) == 0 && !more.HasErrors() {
			ns = []named{{null: true, where: e.Range()}}
		}
		for _, n := range ns {
			n.output = k.AsString()
			out = append(out, n)
		}
	}
	return out, diags
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
	if !IsJSON(e) {
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
	if diags.HasErrors() || k.Type() != cty.String {
		return false
	}
	// Where names of outputs may stand too, only a registered name can be told from one; elsewhere a
	// misspelt name should be called so.
	return a.per == nil || a.Choice.Has(k.AsString())
}

// nameOrObject reads one name; in JSON also an object whose one key is a registered name.
func (d *decoder) nameOrObject(a *Arg, e hcl.Expression) ([]named, hcl.Diagnostics) {
	if list, bad := hcl.ExprList(e); IsJSON(e) && !bad.HasErrors() && len(list) == 1 && d.isBlockObject(a, list[0]) {
		e = list[0] // blocks may stand in arrays in JSON
	}
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
	ns, more := d.valueNames(a, e, v)
	return ns, append(diags, more...)
}

// valueNames reads names out of a value: one, or where a list may stand, a list of them.
func (d *decoder) valueNames(a *Arg, e hcl.Expression, v cty.Value) ([]named, hcl.Diagnostics) {
	if ty := v.Type(); !v.IsKnown() {
		if ty == cty.String || ty == cty.DynamicPseudoType || a.Number && ty == cty.Number || (a.List != "" || a.per != nil) && !ty.IsPrimitiveType() {
			d.out.Unknown, d.out.partial = append(d.out.Unknown, a.Name), true
			return nil, nil
		}
		return nil, d.invalid(a.Name, e, fmt.Errorf("the name of %s is wanted, and this will be %s", withArticle(a.Choice.Kind()), withArticle(ty.FriendlyName())))
	}
	if v.IsNull() {
		return nil, nil
	}
	if a.List == "" || !isList(v) {
		return d.valueName(a, e, v)
	}
	var out []named
	var diags hcl.Diagnostics
	for it := v.ElementIterator(); it.Next(); {
		_, x := it.Element()
		if !x.IsKnown() {
			d.out.Unknown, d.out.partial = append(d.out.Unknown, a.Name), true
			continue
		}
		n, more := d.valueName(a, e, x)
		diags = append(diags, more...)
		out = append(out, n...)
	}
	return out, diags
}

func (d *decoder) valueName(a *Arg, e hcl.Expression, v cty.Value) ([]named, hcl.Diagnostics) {
	kind := withArticle(a.Choice.Kind())
	switch {
	case !v.IsNull() && v.Type() == cty.String:
		return []named{{name: v.AsString(), where: e.Range()}}, nil
	case !v.IsNull() && a.Number && v.Type() == cty.Number:
		if err := a.limits(v); err != nil {
			return nil, d.invalid(a.Name, e, err)
		}
		return []named{{value: v, where: e.Range()}}, nil
	case a.Number:
		return nil, d.invalid(a.Name, e, wrongType(v, fmt.Sprintf("a number or the name of %s", kind)))
	case a.List != "":
		return nil, d.invalid(a.Name, e, wrongType(v, fmt.Sprintf("the name of %s, or a list of names,", kind)))
	}
	hint := ""
	if v.Type().IsObjectType() {
		hint = fmt.Sprintf("; to set its arguments write a block: %s \"NAME\" { ... }", a.Name)
	}
	return nil, d.invalid(a.Name, e, fmt.Errorf("the name of %s is wanted, got %s%s", kind, Show(v), hint))
}

func isList(v cty.Value) bool {
	ty := v.Type()
	return ty.IsTupleType() || ty.IsListType() || ty.IsSetType()
}
