package dsl

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// uses are the names that a module's expressions mention, as "var.x", "local.y", "import.z", and its
// strings (see inText).
type uses map[string]bool

// add notes every reference in a file, whatever it stands in.
func (u *uses) add(f parsed) {
	if *u == nil {
		*u = uses{}
	}
	note := func(t hcl.Traversal) {
		(*u)[t.RootName()+"."+attrName(t, 1)] = true
		if attrName(t, 1) == "" {
			(*u)[t.RootName()+".*"] = true
		}
	}
	if body, ok := f.file.Body.(*hclsyntax.Body); ok {
		_ = hclsyntax.VisitAll(body, func(n hclsyntax.Node) hcl.Diagnostics {
			switch n := n.(type) {
			case *hclsyntax.ScopeTraversalExpr:
				note(n.Traversal)
			case *hclsyntax.LiteralValueExpr:
				if n.Val.Type() == cty.String && n.Val.IsKnown() && !n.Val.IsNull() {
					(*u).text(n.Val.AsString())
				}
			case *hclsyntax.Block:
				if n.Type != "block" && n.Type != "import" {
					for _, l := range n.Labels {
						(*u).text(l)
					}
				}
			}
			return nil
		})
		return
	}
	if f.broken { // the parser may have refused it for what templates in it would do
		return
	}
	for _, s := range jsonStrings(f.file.Bytes) {
		(*u).text(s)
		if !strings.Contains(s, "${") && !strings.Contains(s, "%{") {
			continue
		}
		if e, diags := hclsyntax.ParseTemplate([]byte(s), f.name, hcl.InitialPos); !diags.HasErrors() {
			for _, t := range e.Variables() {
				note(t)
			}
		}
	}
}

// inText marks a string that stands in the file: a block can be named by one, as a loss or metric.
const inText = "\""

func (u uses) text(s string) {
	u[inText+s] = true
	if imp, _, dotted := strings.Cut(s, "."); dotted {
		u[inText+imp+"."] = true
	}
}

func (u uses) has(kind, name string) bool { return u[kind+"."+name] || u[kind+".*"] }

// unused warns about what a module declares and nothing mentions.
func (r *reader) unused(doc *Document) {
	warn := func(at hcl.Range, kind, name, why string) {
		r.diags = append(r.diags, warning(&at, "Unused "+kind, "Nothing uses the %s %q%s.", kind, name, why))
	}
	if !r.root {
		return // whoever imports a module may use a part of it
	}
	for _, n := range sortedKeys(r.m.Variables) {
		if !r.uses.has("var", n) {
			warn(r.m.Variables[n].DeclRange, "variable", n, "")
		}
	}
	for _, n := range sortedKeys(r.m.locals) {
		if !r.uses.has("local", n) {
			warn(r.m.locals[n].NameRange, "local", n, "")
		}
	}
	used := map[string]bool{}
	note := func(types map[string]hcl.Range) {
		for t := range types {
			used[t] = true
			imp, _, dotted := strings.Cut(t, ".")
			if dotted {
				used[imp+"."] = true
			}
		}
	}
	unknown := false
	graph := func(g Graph) {
		unknown = unknown || g.Unknown
		for _, l := range g.Layers {
			note(map[string]hcl.Range{l.Type: {}})
			note(l.inner)
		}
	}
	for _, b := range r.m.Blocks {
		note(b.uses)
	}
	if doc != nil {
		for _, m := range doc.Models {
			graph(m.Graph)
		}
	}
	if unknown || len(r.blocks["model"]) == 0 { // a library, or a model that cannot be seen whole
		return
	}
	for _, n := range sortedKeys(r.m.Blocks) {
		if !used[n] && !r.uses[inText+n] {
			warn(r.m.Blocks[n].DeclRange, "block", n, "")
		}
	}
	for _, b := range r.blocks["import"] {
		n := b.Labels[0]
		if m := r.m.Imports[n]; m != nil && !m.broken && !used[n+"."] && !r.uses.has("import", n) && !r.uses[inText+n+"."] {
			warn(b.DefRange, "import", n, ": no layer is of a type "+n+".NAME")
		}
	}
}

// references are the names that the expressions of a body mention, in nested blocks too, but for the
// iterators of `dynamic` that they see.
func references(body hcl.Body) []hcl.Traversal {
	x, ok := body.(*expanded)
	if !ok {
		return referencesBut(body, nil)
	}
	hidden := map[string]bool{}
	for _, h := range x.hidden.Attributes {
		hidden[h.Name] = true
	}
	return without(referencesBut(x.body, hidden), func(root string) bool { _, ok := x.vars[root]; return ok })
}

// referencesBut are those of a body without some of its arguments.
func referencesBut(body hcl.Body, hidden map[string]bool) []hcl.Traversal {
	var out []hcl.Traversal
	native, ok := body.(*hclsyntax.Body)
	if !ok {
		attrs, _ := body.JustAttributes() // in JSON all properties are
		for _, n := range sortedKeys(attrs) {
			if !hidden[n] {
				out = append(out, attrs[n].Expr.Variables()...)
			}
		}
		return out
	}
	for _, n := range sortedKeys(native.Attributes) {
		if !hidden[n] {
			out = append(out, native.Attributes[n].Expr.Variables()...)
		}
	}
	for _, bl := range native.Blocks {
		inner := referencesBut(bl.Body, nil)
		if bl.Type == dynamicHeader.Type && len(bl.Labels) == 1 {
			iterator := bl.Labels[0]
			if a := bl.Body.Attributes["iterator"]; a != nil {
				iterator = hcl.ExprAsKeyword(a.Expr)
			}
			inner = without(inner, func(root string) bool { return root == iterator })
		}
		out = append(out, inner...)
	}
	return out
}

func without(refs []hcl.Traversal, drop func(root string) bool) []hcl.Traversal {
	var out []hcl.Traversal
	for _, t := range refs {
		if !drop(t.RootName()) {
			out = append(out, t)
		}
	}
	return out
}
