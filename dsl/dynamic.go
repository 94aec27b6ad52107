package dsl

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/dlrun/dlrun/dsl/schema"
)

// expand presents a body with its `dynamic` blocks written out, as Terraform does: for_each is evaluated
// in ctx, and the content's expressions see the iterator wherever they are evaluated later. hcl's own
// ext/dynblock is not used because the elements of a static list lose their iterator there
// (hcl.ExprList unwraps its expressions), and because a for_each without a value yet has to be told
// apart from a mistake: see takeOpen.
func expand(body hcl.Body, ctx *hcl.EvalContext) hcl.Body {
	return &expanded{body: body, ctx: ctx, copies: 1}
}

type expanded struct {
	body   hcl.Body
	ctx    *hcl.EvalContext
	vars   map[string]cty.Value // the iterators around, each an object of key and value
	hidden hcl.BodySchema       // what PartialContent took already
	copies int                  // how often the body is written out, by the repetitions around
}

var dynamicHeader = hcl.BlockHeaderSchema{Type: "dynamic", LabelNames: []string{"type"}}

// Content implements hcl.Body.
func (x *expanded) Content(s *hcl.BodySchema) (*hcl.BodyContent, hcl.Diagnostics) {
	all := &hcl.BodySchema{
		Attributes: append(append([]hcl.AttributeSchema(nil), s.Attributes...), x.hidden.Attributes...),
		Blocks:     append(append([]hcl.BlockHeaderSchema{dynamicHeader}, s.Blocks...), x.hidden.Blocks...),
	}
	c, diags := x.body.Content(all)
	return x.written(c, s, false, diags)
}

// PartialContent implements hcl.Body.
func (x *expanded) PartialContent(s *hcl.BodySchema) (*hcl.BodyContent, hcl.Body, hcl.Diagnostics) {
	all := &hcl.BodySchema{Attributes: s.Attributes, Blocks: append([]hcl.BlockHeaderSchema{dynamicHeader}, s.Blocks...)}
	c, _, diags := x.body.PartialContent(all)
	c, diags = x.written(c, s, true, diags)
	rest := &expanded{body: x.body, ctx: x.ctx, vars: x.vars, copies: x.copies, hidden: hcl.BodySchema{
		Attributes: append(append([]hcl.AttributeSchema(nil), x.hidden.Attributes...), s.Attributes...),
		Blocks:     append(append([]hcl.BlockHeaderSchema(nil), x.hidden.Blocks...), s.Blocks...),
	}}
	return c, rest, diags
}

// JustAttributes implements hcl.Body.
func (x *expanded) JustAttributes() (hcl.Attributes, hcl.Diagnostics) {
	attrs, diags := x.body.JustAttributes()
	return x.attributes(attrs), diags
}

// MissingItemRange implements hcl.Body.
func (x *expanded) MissingItemRange() hcl.Range { return x.body.MissingItemRange() }

func (x *expanded) isHidden(block string) bool {
	for _, b := range x.hidden.Blocks {
		if b.Type == block {
			return true
		}
	}
	return false
}

func (x *expanded) attributes(in hcl.Attributes) hcl.Attributes {
	out := make(hcl.Attributes, len(in))
	for n, a := range in {
		if len(x.vars) > 0 {
			b := *a
			b.Expr = scoped{a.Expr, x.vars}
			a = &b
		}
		out[n] = a
	}
	for _, h := range x.hidden.Attributes {
		delete(out, h.Name)
	}
	return out
}

func (x *expanded) written(c *hcl.BodyContent, s *hcl.BodySchema, partial bool, diags hcl.Diagnostics) (*hcl.BodyContent, hcl.Diagnostics) {
	if c == nil {
		return nil, diags
	}
	out := &hcl.BodyContent{Attributes: x.attributes(c.Attributes), MissingItemRange: c.MissingItemRange}
	for _, b := range c.Blocks {
		if b.Type != "dynamic" {
			if !x.isHidden(b.Type) {
				inner := *b
				inner.Body = &expanded{body: b.Body, ctx: x.ctx, vars: x.vars, copies: x.copies}
				out.Blocks = append(out.Blocks, &inner)
			}
			continue
		}
		head := find(s.Blocks, b.Labels[0])
		if head == nil {
			switch {
			case b.Labels[0] == dynamicHeader.Type:
				diags = append(diags, problem(&b.LabelRanges[0], "Unsupported block", "A dynamic block cannot make dynamic blocks; one may stand in the content of another."))
			case !partial && !x.isHidden(b.Labels[0]):
				diags = append(diags, &hcl.Diagnostic{
					Severity: hcl.DiagError, Summary: "Unsupported block type",
					Detail: fmt.Sprintf("Blocks of type %q are not expected here.", b.Labels[0]), Subject: &b.LabelRanges[0],
				})
			}
			continue
		}
		if x.isHidden(b.Labels[0]) {
			continue
		}
		blocks, more := x.repeat(b, head)
		diags = append(diags, more...)
		if len(out.Blocks)+len(blocks) > maxLayers {
			return out, append(diags, problem(header(b).Ptr(), "Too many blocks", "With this `dynamic` there are more than %d blocks here.", maxLayers))
		}
		out.Blocks = append(out.Blocks, blocks...)
	}
	return out, diags
}

func find(headers []hcl.BlockHeaderSchema, typ string) *hcl.BlockHeaderSchema {
	for i := range headers {
		if headers[i].Type == typ {
			return &headers[i]
		}
	}
	return nil
}

var (
	dynamicLabelled = &hcl.BodySchema{
		Attributes: []hcl.AttributeSchema{{Name: "for_each", Required: true}, {Name: "iterator"}, {Name: "labels", Required: true}},
		Blocks:     []hcl.BlockHeaderSchema{{Type: "content"}},
	}
	dynamicPlain = &hcl.BodySchema{
		Attributes: []hcl.AttributeSchema{{Name: "for_each", Required: true}, {Name: "iterator"}},
		Blocks:     []hcl.BlockHeaderSchema{{Type: "content"}},
	}
)

// repeat writes out one dynamic block.
func (x *expanded) repeat(b *hcl.Block, head *hcl.BlockHeaderSchema) (hcl.Blocks, hcl.Diagnostics) {
	s, title := dynamicLabelled, fmt.Sprintf("dynamic %q", b.Labels[0])
	if len(head.LabelNames) == 0 {
		s = dynamicPlain
	}
	c, diags := b.Body.Content(s)
	schema.Rephrase(diags, title, []string{"for_each", "iterator", "labels", "content"})
	for _, d := range diags {
		if d.Summary == "Missing argument" {
			d.Subject = header(b).Ptr()
		}
	}
	if diags.HasErrors() {
		return nil, diags
	}
	if len(c.Blocks) != 1 {
		at := header(b)
		if len(c.Blocks) > 1 {
			at = c.Blocks[1].DefRange
		}
		return nil, append(diags, problem(&at, "Invalid dynamic block", "%s needs one content block, which is what is repeated; it has %d.", title, len(c.Blocks)))
	}
	content := c.Blocks[0].Body
	iterator := b.Labels[0]
	if a := c.Attributes["iterator"]; a != nil {
		t := reference(a.Expr)
		if len(t) != 1 {
			return nil, append(diags, problem(a.Expr.Range().Ptr(), `Invalid value for "iterator"`, "A single name without quotes is wanted, as in iterator = item."))
		}
		iterator = t.RootName()
	}
	diags = append(diags, shadowed(content, iterator, c.Attributes["iterator"] != nil)...)

	each := c.Attributes["for_each"].Expr
	ctx := x.ctx.NewChild()
	ctx.Variables = x.vars
	v, more := each.Value(ctx)
	diags = append(diags, more...)
	if more.HasErrors() {
		return nil, diags
	}
	v, _ = v.UnmarkDeep()
	at := each.Range()
	switch {
	case !v.IsKnown():
		return nil, append(diags, open(at))
	case v.IsNull() || !v.CanIterateElements():
		return nil, append(diags, problem(&at, `Invalid value for "for_each"`, "A list, set, map or object is wanted, got %s.", schema.Show(v)))
	case v.LengthInt()*x.copies > maxLayers:
		return nil, append(diags, problem(&at, `Invalid value for "for_each"`, "It has %d elements, which makes %d blocks; %d is the most.", v.LengthInt(), v.LengthInt()*x.copies, maxLayers))
	}
	var out hcl.Blocks
	for it := v.ElementIterator(); it.Next(); {
		key, value := it.Element()
		vars := map[string]cty.Value{}
		for n, v := range x.vars {
			vars[n] = v
		}
		vars[iterator] = cty.ObjectVal(map[string]cty.Value{"key": key, "value": value})
		made := &hcl.Block{Type: b.Labels[0], TypeRange: b.LabelRanges[0], DefRange: b.DefRange, Body: &expanded{body: content, ctx: x.ctx, vars: vars, copies: x.copies * v.LengthInt()}}
		if len(head.LabelNames) > 0 {
			more := x.label(made, c.Attributes["labels"].Expr, vars, head)
			diags = append(diags, more...)
			if more.HasErrors() {
				return out, diags // the others would fail for the same reason
			}
			if made.Labels == nil { // not known yet
				continue
			}
		}
		out = append(out, made)
	}
	return out, diags
}

// label evaluates the labels of one repetition.
func (x *expanded) label(made *hcl.Block, e hcl.Expression, vars map[string]cty.Value, head *hcl.BlockHeaderSchema) hcl.Diagnostics {
	ctx := x.ctx.NewChild()
	ctx.Variables = vars
	list, diags := hcl.ExprList(e)
	if diags.HasErrors() || len(list) != len(head.LabelNames) {
		return hcl.Diagnostics{problem(e.Range().Ptr(), `Invalid value for "labels"`, "A list of %d is wanted, in brackets: [%s].", len(head.LabelNames), strings.Join(head.LabelNames, ", "))}
	}
	for _, l := range list {
		v, more := l.Value(ctx)
		diags = append(diags, more...)
		if more.HasErrors() {
			return diags
		}
		v, _ = v.UnmarkDeep()
		at := l.Range()
		s, err := convert.Convert(v, cty.String)
		switch {
		case err != nil || v.IsNull():
			return append(diags, problem(&at, `Invalid value for "labels"`, "A string is wanted, got %s.", schema.Show(v)))
		case !s.IsKnown():
			made.Labels = nil
			return append(diags, open(at))
		}
		made.Labels = append(made.Labels, s.AsString())
		made.LabelRanges = append(made.LabelRanges, at)
	}
	return diags
}

// openMark marks the diagnostic that stands for blocks which cannot be written out yet.
type openMark struct{}

// open says that a repetition depends on something without a value yet.
func open(at hcl.Range) *hcl.Diagnostic {
	return &hcl.Diagnostic{Severity: hcl.DiagWarning, Summary: "Not known yet", Detail: "What is repeated here depends on a value that is not known yet.", Subject: &at, Extra: openMark{}}
}

// takeOpen drops the diagnostics of repetitions that are not known yet and tells whether there were any.
func takeOpen(diags *hcl.Diagnostics) bool {
	kept := (*diags)[:0:0]
	for _, d := range *diags {
		if d.Extra != (openMark{}) {
			kept = append(kept, d)
		}
	}
	found := len(kept) < len(*diags)
	*diags = kept
	return found
}

// roots are the names that a dynamic block of the same name would hide from its content.
var roots = map[string]bool{"input": true, "layer": true, "param": true, "model": true, "dataset": true, "train": true, "var": true, "local": true, "each": true, "count": true, "previous": true, "path": true, "import": true}

// shadowed finds references in a dynamic block's content that mean a root of the language, but get the
// iterator of that name.
func shadowed(content hcl.Body, iterator string, chosen bool) hcl.Diagnostics {
	body, ok := content.(*hclsyntax.Body)
	if !ok || !roots[iterator] {
		return nil
	}
	var diags hcl.Diagnostics
	_ = hclsyntax.VisitAll(body, func(n hclsyntax.Node) hcl.Diagnostics {
		e, ok := n.(*hclsyntax.ScopeTraversalExpr)
		if !ok || e.Traversal.RootName() != iterator {
			return nil
		}
		if name := attrName(e.Traversal, 1); name == "key" || name == "value" {
			return nil
		}
		why := fmt.Sprintf("set `iterator = item` in the dynamic block and write item.value for what is repeated; `%s` then means what it does elsewhere.", iterator)
		if chosen {
			why = "give the iterator another name."
		}
		diags = append(diags, problem(e.SrcRange.Ptr(), "Name hidden by the iterator", "Inside dynamic %q, `%s` is what is repeated and has .key and .value only: %s", iterator, iterator, why))
		return nil
	})
	return diags
}

// scoped is an expression that sees the iterators around it, wherever it is evaluated. The elements of a
// static list or object see them too.
type scoped struct {
	hcl.Expression
	vars map[string]cty.Value
}

// Iterators returns the iterators of `dynamic` that an expression sees, by name, each an object of key
// and value. It is for who reads an expression's syntax tree instead of evaluating it.
func Iterators(e hcl.Expression) map[string]cty.Value {
	if s, ok := e.(scoped); ok {
		return s.vars
	}
	return nil
}

// Value implements hcl.Expression.
func (e scoped) Value(ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	if ctx == nil {
		return e.Expression.Value(nil)
	}
	child := ctx.NewChild()
	child.Variables = e.vars
	return e.Expression.Value(child)
}

// Variables implements hcl.Expression.
func (e scoped) Variables() []hcl.Traversal {
	var out []hcl.Traversal
	for _, t := range e.Expression.Variables() {
		if _, own := e.vars[t.RootName()]; !own {
			out = append(out, t)
		}
	}
	return out
}

// UnwrapExpression lets hcl look at the expression itself.
func (e scoped) UnwrapExpression() hcl.Expression { return e.Expression }

// ExprList implements hcl.ExprList.
func (e scoped) ExprList() []hcl.Expression {
	list, diags := hcl.ExprList(e.Expression)
	if diags.HasErrors() {
		return nil
	}
	out := make([]hcl.Expression, len(list))
	for i, x := range list {
		out[i] = scoped{x, e.vars}
	}
	return out
}

// ExprMap implements hcl.ExprMap.
func (e scoped) ExprMap() []hcl.KeyValuePair {
	pairs, diags := hcl.ExprMap(e.Expression)
	if diags.HasErrors() {
		return nil
	}
	out := make([]hcl.KeyValuePair, len(pairs))
	for i, p := range pairs {
		out[i] = hcl.KeyValuePair{Key: scoped{p.Key, e.vars}, Value: scoped{p.Value, e.vars}}
	}
	return out
}
