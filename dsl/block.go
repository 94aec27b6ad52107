package dsl

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/zclconf/go-cty/cty"

	"github.com/dlrun/dlrun/dsl/schema"
)

// blockBlock is what a block block holds.
type blockBlock struct{ description string }

// Schema describes a block block.
func (b *blockBlock) Schema(s *schema.Block) {
	s.Doc("A reusable piece of model: a layer type of its own name, with new weights at each use.", "dlrun",
		"Without an input it has one, unnamed. Blocks may nest, but may not recurse.")
	s.String(&b.description, "description", "What it computes.", schema.Optional())
	s.Nested(schema.Nested{Name: "param", Labels: []string{"name"}, Help: "An argument of the block.", Of: func() schema.Described { return &variableBlock{param: true} }})
	graphBlocks(s, &inputBlock{inBlock: true})
}

// readBlocks reads the block blocks: the reusable pieces of model.
func (r *reader) readBlocks() {
	var order []*Block
	for _, raw := range r.blocks["block"] {
		if b := r.readBlock(raw); b != nil {
			r.m.Blocks[b.Name] = b
			order = append(order, b)
		}
	}
	for _, b := range order {
		// Whether a body makes sense is checked with params that are not known, before anyone uses it.
		unknown := map[string]cty.Value{}
		for _, p := range b.Params {
			unknown[p.Name] = cty.UnknownVal(p.Type)
		}
		g, _, diags := b.expand(unknown)
		r.diags = append(r.diags, diags...)
		for _, in := range g.Inputs {
			b.Inputs = append(b.Inputs, in.Name)
		}
		b.noteLayers(g)
	}
	for _, path := range cycles(order, (*Block).inner) {
		r.diags = append(r.diags, path[0].recursion(path, path[0].DeclRange))
	}
}

func (r *reader) readBlock(raw *hcl.Block) *Block {
	b := &Block{Name: raw.Labels[0], DeclRange: header(raw), Scope: Scope{Module: r.m, Context: r.m.base}, uses: map[string]hcl.Range{}, mu: new(sync.Mutex)}
	c, rest, diags := raw.Body.PartialContent(&hcl.BodySchema{
		Attributes: []hcl.AttributeSchema{{Name: "description"}},
		Blocks:     []hcl.BlockHeaderSchema{{Type: "param", LabelNames: []string{"name"}}},
	})
	schema.Rephrase(diags, fmt.Sprintf("block %q", b.Name), nil)
	r.diags = append(r.diags, diags...)
	b.Body = rest
	if a := c.Attributes["description"]; a != nil {
		s, diags := literalString(a, "description")
		r.diags = append(r.diags, diags...)
		b.Description = s
	}
	seen := map[string]*Param{}
	for _, pb := range c.Blocks {
		name, at := pb.Labels[0], pb.LabelRanges[0]
		if d := checkName("param", name, at); d != nil {
			r.diags = append(r.diags, d)
			continue
		}
		if slices.Contains(MetaArguments, name) || name == "reuse" {
			r.fail(&at, "Invalid name", "A param cannot be called %q: every layer has an argument of that name.", name)
			continue
		}
		if other := seen[name]; other != nil {
			r.fail(&at, "Duplicate param", "There is a param %q on %s already.", name, lineOf(other.DeclRange, at))
			continue
		}
		d, diags := declare("param", pb)
		r.diags = append(r.diags, diags...)
		p := &Param{Name: name, Description: d.description, Type: d.typ, Default: d.def, Validations: d.validations, DeclRange: header(pb), decl: d}
		seen[name] = p
		b.Params = append(b.Params, p)
	}
	return b
}

// param returns the block's param of a name, or nil.
func (b *Block) paramNames() []string {
	var names []string
	for _, p := range b.Params {
		names = append(names, p.Name)
	}
	return names
}

// Arguments reads the values for the block's params from the body of a layer that uses the block,
// evaluating in ctx, and reports whatever is missing, unknown or does not fit, each where it stands.
// Values that are not known yet pass. What it returns is what Expand takes.
func (b *Block) Arguments(body hcl.Body, ctx *hcl.EvalContext, where hcl.Range) (map[string]cty.Value, hcl.Diagnostics) {
	s := &hcl.BodySchema{}
	for _, n := range b.paramNames() {
		s.Attributes = append(s.Attributes, hcl.AttributeSchema{Name: n})
	}
	c, diags := body.Content(s)
	schema.Rephrase(diags, fmt.Sprintf("block %q", b.Name), append(b.paramNames(), MetaArguments...))
	values, ranges := map[string]cty.Value{}, map[string]hcl.Range{}
	if c == nil {
		return values, diags
	}
	for _, n := range inOrder(c.Attributes) {
		a := c.Attributes[n]
		v, more := a.Expr.Value(ctx)
		diags = append(diags, more...)
		if more.HasErrors() {
			v = cty.DynamicVal
		}
		values[n], ranges[n] = v, a.Expr.Range()
	}
	out, more := b.bind(values, ranges, where)
	return out, append(diags, more...)
}

// bind fits values to the params, with defaults for those that were left out.
func (b *Block) bind(given map[string]cty.Value, ranges map[string]hcl.Range, where hcl.Range) (map[string]cty.Value, hcl.Diagnostics) {
	var diags hcl.Diagnostics
	at := func(name string) hcl.Range {
		if r, ok := ranges[name]; ok {
			return r
		}
		return where
	}
	known := map[string]bool{}
	for _, p := range b.Params {
		known[p.Name] = true
	}
	for _, n := range sortedKeys(given) {
		if !known[n] {
			r := at(n)
			diags = append(diags, problem(&r, "Unsupported argument", "block %q has no param %q.%s", b.Name, n, suggestOrNone(n, b.paramNames(), "params")))
		}
	}
	out := map[string]cty.Value{}
	for _, p := range b.Params {
		r := at(p.Name)
		v, ok := given[p.Name]
		switch {
		case !ok && p.Default == cty.NilVal:
			help := ""
			if p.Description != "" {
				help = ": " + p.Description
			}
			diags = append(diags, problem(&where, "Missing argument", "block %q needs the argument %q (%s)%s", b.Name, p.Name, typeexpr.TypeString(p.Type), ensureStop(help)))
			out[p.Name] = cty.UnknownVal(p.Type)
			continue
		case !ok:
			v = p.Default
		default:
			v, _ = v.UnmarkDeep()
			fit, err := p.decl.convert(v)
			if err != nil {
				diags = append(diags, problem(&r, fmt.Sprintf("Invalid value for %q", p.Name), "%s.", sentence(err)))
				out[p.Name] = cty.UnknownVal(p.Type)
				continue
			}
			v = fit
		}
		out[p.Name] = v
	}
	ctx := b.Scope.Context.NewChild()
	ctx.Variables = map[string]cty.Value{"param": cty.ObjectVal(out)}
	for _, p := range b.Params {
		r := at(p.Name)
		diags = append(diags, validate(fmt.Sprintf("%q", p.Name), p.Validations, ctx, out[p.Name], r)...)
	}
	return out, diags
}

func ensureStop(s string) string {
	if strings.HasSuffix(s, ".") {
		return s
	}
	return s + "."
}

// Expand checks params against the block's (an unknown name, a missing one, a wrong type, a rule that
// does not hold; values not known yet pass) and returns the body's graph with `dynamic` blocks written
// out, and the scope its expressions see: the module's, with param. where is the layer that uses the
// block, for messages. What is expanded inside itself is an error.
func (b *Block) Expand(params map[string]cty.Value, where hcl.Range) (Graph, *hcl.EvalContext, hcl.Diagnostics) {
	return b.ExpandAt(params, nil, where)
}

// ExpandAt is Expand of params that were written in different places.
func (b *Block) ExpandAt(params map[string]cty.Value, ranges map[string]hcl.Range, where hcl.Range) (Graph, *hcl.EvalContext, hcl.Diagnostics) {
	values, diags := b.bind(params, ranges, where)
	if diags.HasErrors() {
		return Graph{}, nil, diags
	}
	g, ctx, more := b.expand(values)
	diags = append(diags, more...)
	b.noteLayers(g)
	for _, path := range cycles([]*Block{b}, (*Block).inner) {
		diags = append(diags, path[0].recursion(path, where))
	}
	return g, ctx, diags
}

func (b *Block) expand(values map[string]cty.Value) (Graph, *hcl.EvalContext, hcl.Diagnostics) {
	ctx := b.Scope.Context.NewChild()
	ctx.Variables = map[string]cty.Value{"param": cty.ObjectVal(values)}
	g, diags := readGraph(b.Body, ctx, graphOf{what: "block", name: b.Name, where: b.DeclRange, names: schema.Describe(new(blockBlock)).Names()})
	return g, ctx, diags
}

// LookupBlock finds the block that a layer type names: NAME of this module, or IMPORT.NAME.
func (m *Module) LookupBlock(typeName string) (*Block, bool) {
	if imp, name, dotted := strings.Cut(typeName, "."); dotted {
		if lib := m.Imports[imp]; lib != nil {
			b, ok := lib.Blocks[name]
			return b, ok
		}
		return nil, false
	}
	b, ok := m.Blocks[typeName]
	return b, ok
}

// modelType takes apart a layer type that applies a model: "model.NAME", or "IMPORT.model.NAME" for one
// of an import. of is the module that would have it.
func (m *Module) modelType(typeName string) (name string, of *Module, ok bool) {
	if name, ok := strings.CutPrefix(typeName, "model."); ok {
		return name, m, true
	}
	imp, rest, _ := strings.Cut(typeName, ".")
	name, ok = strings.CutPrefix(rest, "model.")
	if of = m.Imports[imp]; !ok || of == nil {
		return "", nil, false
	}
	return name, of, true
}

// LookupModel finds the model that a layer type applies: "model.NAME" or "IMPORT.model.NAME".
func (m *Module) LookupModel(typeName string) (*Model, bool) {
	name, of, ok := m.modelType(typeName)
	if !ok {
		return nil, false
	}
	found, ok := of.Models[name]
	return found, ok
}

// UnknownModel says what is wrong with a layer type that applies a model which is not there.
func (m *Module) UnknownModel(typeName string) (detail string, unknown bool) {
	name, of, ok := m.modelType(typeName)
	if !ok || of.Models[name] != nil {
		return "", false
	}
	return fmt.Sprintf("There is no model %q.%s", name, suggestOrNone(name, sortedKeys(of.Models), "models")), true
}

// BlockNames lists what LookupBlock finds, sorted: NAME and IMPORT.NAME.
func (m *Module) BlockNames() []string {
	names := sortedKeys(m.Blocks)
	for _, imp := range sortedKeys(m.Imports) {
		for _, n := range sortedKeys(m.Imports[imp].Blocks) {
			names = append(names, imp+"."+n)
		}
	}
	return names
}

// noteLayers remembers which layer types a body asks for: the edges along which recursion is looked for.
func (b *Block) noteLayers(g Graph) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, l := range g.Layers {
		if _, ok := b.uses[l.Type]; !ok {
			b.uses[l.Type] = l.TypeRange
		}
		for t, r := range l.inner {
			if _, ok := b.uses[t]; !ok {
				b.uses[t] = r
			}
		}
	}
}

// inner lists the blocks that the body is known to ask for.
func (b *Block) inner() []*Block {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []*Block
	for _, t := range sortedKeys(b.uses) {
		if next, ok := b.Scope.Module.LookupBlock(t); ok {
			out = append(out, next)
		}
	}
	return out
}

func (b *Block) recursion(path []*Block, where hcl.Range) *hcl.Diagnostic {
	names := make([]string, len(path))
	for i, p := range path {
		names[i] = p.Name
	}
	for _, t := range sortedKeys(b.uses) {
		if next, ok := b.Scope.Module.LookupBlock(t); ok && next == path[1] {
			where = b.uses[t]
		}
	}
	return problem(&where, "Block inside itself", "A block may not recurse: %s.", strings.Join(names, " -> "))
}
