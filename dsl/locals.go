package dsl

import (
	"sort"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/dlrun/dlrun/dsl/schema"
)

// localsBlock is a locals block.
type localsBlock struct{}

// Schema describes a locals block.
func (localsBlock) Schema(s *schema.Block) {
	s.Doc("Named expressions: `local.NAME`.", "dlrun")
	s.Free("The value of the local of that name.")
}

// locals evaluates the named expressions of all locals blocks, each after those it refers to: at once
// those that imports may use in their arguments; later, when it is called, those that use imports.
func (r *reader) locals() (later func()) {
	l := localSolver{reader: r, attrs: map[string]*hcl.Attribute{}, values: map[string]cty.Value{}, open: map[string]bool{}}
	for _, b := range r.blocks["locals"] {
		attrs, diags := b.Body.JustAttributes()
		for _, d := range diags {
			if strings.Contains(d.Summary, "block") {
				d.Detail = "A locals block holds lines of NAME = VALUE, no blocks."
			}
		}
		r.diags = append(r.diags, diags...)
		for _, name := range inOrder(attrs) {
			a := attrs[name]
			if d := checkName("local", name, a.NameRange); d != nil {
				r.diags = append(r.diags, d)
				continue
			}
			if other := l.attrs[name]; other != nil {
				r.fail(a.NameRange.Ptr(), "Duplicate local", "There is a local %q on %s already.", name, lineOf(other.Range, a.Range))
				continue
			}
			l.attrs[name] = a
			l.order = append(l.order, name)
		}
	}
	r.m.locals = l.attrs
	// The object `local` is complete only at the end; until then each expression sees those it names.
	r.late = lateLocals(l.attrs)
	for _, name := range l.order {
		if !r.late[name] {
			l.solve(name)
		}
	}
	r.setLocals(l.values)
	return func() {
		for _, name := range l.order {
			l.solve(name)
		}
		r.setLocals(l.values)
	}
}

func (r *reader) setLocals(values map[string]cty.Value) {
	all := cty.ObjectVal(values)
	r.m.paths.Variables["local"] = all
	r.m.base.Variables["local"], _ = all.UnmarkDeep()
}

// lateLocals are the locals that use what is imported, or a local that does.
func lateLocals(attrs map[string]*hcl.Attribute) map[string]bool {
	late, users := map[string]bool{}, map[string][]string{}
	var open []string
	for name, a := range attrs {
		for _, t := range a.Expr.Variables() {
			switch t.RootName() {
			case "import":
				if !late[name] {
					late[name] = true
					open = append(open, name)
				}
			case "local":
				users[attrName(t, 1)] = append(users[attrName(t, 1)], name)
			}
		}
	}
	for len(open) > 0 {
		name := open[len(open)-1]
		open = open[:len(open)-1]
		for _, u := range users[name] {
			if !late[u] {
				late[u] = true
				open = append(open, u)
			}
		}
	}
	return late
}

// afterImports reports an argument of an import that uses what is known only after the imports.
func (r *reader) afterImports(e hcl.Expression) bool {
	for _, t := range e.Variables() {
		at := t.SourceRange()
		switch {
		case t.RootName() == "import":
			r.fail(&at, "Import of an import", "An import's arguments cannot use what another import brings.")
			return true
		case t.RootName() == "local" && r.late[attrName(t, 1)]:
			r.fail(&at, "Import of an import", "local.%s uses what an import brings, so an import's arguments cannot use it.", attrName(t, 1))
			return true
		}
	}
	return false
}

type localSolver struct {
	*reader
	attrs  map[string]*hcl.Attribute
	order  []string
	values map[string]cty.Value
	open   map[string]bool
	path   []string
}

// solve evaluates one local, and before it what it refers to. A cycle is reported once, with its path.
func (l *localSolver) solve(name string) {
	if _, done := l.values[name]; done {
		return
	}
	a := l.attrs[name]
	l.open[name] = true
	l.path = append(l.path, name)
	defer func() {
		l.open[name] = false
		l.path = l.path[:len(l.path)-1]
	}()
	seen := map[string]cty.Value{}
	all, missing := false, false
	for _, t := range a.Expr.Variables() {
		if t.RootName() != "local" {
			continue
		}
		n := attrName(t, 1)
		if n == "" {
			all = true
			continue
		}
		if l.attrs[n] == nil {
			r := t.SourceRange()
			l.fail(&r, "Unknown local", "There is no local %q.%s", n, suggestOrNone(n, l.order, "locals"))
			missing = true
			continue
		}
		if l.open[n] {
			from := 0
			for i, p := range l.path {
				if p == n {
					from = i
				}
			}
			cycle := append(append([]string(nil), l.path[from:]...), n)
			r := t.SourceRange()
			l.fail(&r, "Locals refer to each other", "There is no order in which to evaluate them: local.%s.", strings.Join(cycle, " -> local."))
			l.values[name] = cty.DynamicVal
			return
		}
		if len(l.path) > maxNesting {
			l.fail(a.Expr.Range().Ptr(), "Locals refer too deep", "More than %d locals refer one to the next.", maxNesting)
			l.values[name] = cty.DynamicVal
			return
		}
		l.solve(n)
		seen[n] = l.values[n]
	}
	if _, done := l.values[name]; done {
		return
	}
	if all {
		l.fail(a.Expr.Range().Ptr(), "Unsuitable reference", "Inside locals, write local.NAME or local[\"NAME\"]; `local` as a whole would include this one.")
		l.values[name] = cty.DynamicVal
		return
	}
	if missing {
		l.values[name] = cty.DynamicVal
		return
	}
	ctx := l.m.paths.NewChild()
	ctx.Variables = map[string]cty.Value{"local": cty.ObjectVal(seen)}
	v, diags := a.Expr.Value(ctx)
	l.diags = append(l.diags, diags...)
	if diags.HasErrors() {
		v = cty.DynamicVal
	} else if err := checkSize(v); err != nil {
		l.fail(a.Expr.Range().Ptr(), "Invalid value for local \""+name+"\"", "%s.", sentence(err))
		v = cty.DynamicVal
	}
	l.values[name] = v
}

// attrName is the name that step i of a reference gives, as .NAME or ["NAME"]; else "".
func attrName(t hcl.Traversal, i int) string {
	if len(t) <= i {
		return ""
	}
	switch s := t[i].(type) {
	case hcl.TraverseAttr:
		return s.Name
	case hcl.TraverseIndex:
		if s.Key.Type() == cty.String && s.Key.IsKnown() && !s.Key.IsNull() {
			return s.Key.AsString()
		}
	}
	return ""
}

// inOrder lists attributes as they were written.
func inOrder(attrs hcl.Attributes) []string {
	names := sortedKeys(attrs)
	sort.SliceStable(names, func(i, j int) bool {
		a, b := attrs[names[i]].Range, attrs[names[j]].Range
		if a.Filename != b.Filename {
			return a.Filename < b.Filename
		}
		return a.Start.Byte < b.Start.Byte
	})
	return names
}
