package dsl

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/dlrun/dlrun/dsl/schema"
)

// trainBlock is what dsl itself takes from a train block.
type trainBlock struct{ model, data schema.Expr }

// Schema describes the part of a train block that dsl reads; the rest is the builder's.
func (b *trainBlock) Schema(s *schema.Block) {
	s.Doc("A training run: a model, a dataset, a loss, an optimizer.", "keras.Model.compile and keras.Model.fit")
	s.Expr(&b.model, "model", "What is trained, as in model.NAME, or import.NAME.model.NAME.", schema.Example("model.NAME"))
	s.Expr(&b.data, "data", "What it is trained on, as in dataset.NAME, or import.NAME.dataset.NAME.", schema.Example("dataset.NAME"))
	s.Nested(schema.Nested{Name: "callback", Labels: []string{"kind"}, Help: "Something that acts during the training.", Kind: "callback", Ordered: true})
	s.Nested(schema.Nested{Name: "check", Labels: []string{"name"}, Help: "A condition on the final metrics.", Of: func() schema.Described { return &conditionBlock{check: true} }})
}

// trains reads the train blocks and puts them in the order of their references.
func (r *reader) trains(doc *Document) {
	needs := map[*Train][]need{}
	var written []*Train
	for _, raw := range r.blocks["train"] {
		t, n := r.train(raw, doc)
		written = append(written, t)
		needs[t] = n
	}
	doc.Trains = r.order(written, needs)
}

// need is a train that must be run before another.
type need struct {
	name  string
	where hcl.Range
}

func (r *reader) train(raw *hcl.Block, doc *Document) (*Train, []need) {
	t := &Train{Name: raw.Labels[0], DeclRange: header(raw), Context: r.m.base.NewChild(), Module: r.m}
	title := fmt.Sprintf("train %q", t.Name)
	steps := cty.UnknownVal(cty.Number)
	if r.opts.Info != nil {
		if n, ok, err := r.opts.Info.StepsPerEpoch(t.Name); err != nil {
			r.fail(&t.DeclRange, "Unknown number of steps", "%s.", sentence(err))
		} else if ok {
			steps = cty.NumberIntVal(int64(n))
		}
	}
	t.Context.Variables = map[string]cty.Value{"steps_per_epoch": steps}

	c, rest, diags := expand(raw.Body, t.Context).PartialContent(schema.Header(schema.Describe(new(trainBlock)), true))
	t.Unknown = takeOpen(&diags)
	schema.Rephrase(diags, title, nil)
	r.diags = append(r.diags, diags...)
	if c == nil {
		t.Body = hcl.EmptyBody()
		return t, nil
	}
	t.Body = rest
	if a := c.Attributes["model"]; a != nil {
		t.ModelRange = a.Expr.Range()
		t.Model = refer(r, a, "model", doc.Models, func(m *Model) string { return m.Name }, func(m *Module) (map[string]*Model, []string) { return m.Models, sortedKeys(m.Models) })
	} else {
		r.fail(&t.DeclRange, "Missing argument", "%s needs the argument \"model\": what is trained, as in model.NAME.", title)
	}
	if a := c.Attributes["data"]; a != nil {
		t.DataRange = a.Expr.Range()
		t.Data = refer(r, a, "dataset", doc.Datasets, func(d *Dataset) string { return d.Name }, func(m *Module) (map[string]*Dataset, []string) { return m.Datasets, sortedKeys(m.Datasets) })
	} else {
		r.fail(&t.DeclRange, "Missing argument", "%s needs the argument \"data\": what it is trained on, as in dataset.NAME.", title)
	}
	checks := map[string]hcl.Range{}
	for _, b := range c.Blocks {
		if b.Type == "callback" {
			t.Callbacks = append(t.Callbacks, named(b, t.Context))
			continue
		}
		if ck := r.check(b, t.Context, checks); ck != nil {
			t.Checks = append(t.Checks, ck)
		}
	}
	var before []need
	if c, _, _ := rest.PartialContent(&hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "initial_weights"}}}); c != nil {
		if a := c.Attributes["initial_weights"]; a != nil {
			for _, v := range a.Expr.Variables() {
				if v.RootName() == "train" {
					before = append(before, need{attrName(v, 1), v.SourceRange()})
				}
			}
		}
	}
	return t, before
}

// refer resolves an argument that must be model.NAME or dataset.NAME.
//
// exported gives those of a module that is imported, import.NAME.model.NAME or import.NAME.dataset.NAME.
func refer[T any](r *reader, a *hcl.Attribute, kind string, all []*T, name func(*T) string, exported func(*Module) (map[string]*T, []string)) *T {
	var have []string
	for _, x := range all {
		have = append(have, name(x))
	}
	at := a.Expr.Range()
	t := reference(a.Expr)
	example := kind + ".NAME"
	if len(have) > 0 {
		example = kind + "." + have[0]
	}
	if len(t) == 4 && t.RootName() == "import" && attrName(t, 2) == kind && attrName(t, 3) != "" {
		if lib := r.m.Imports[attrName(t, 1)]; lib != nil {
			x, names := exported(lib)
			if found := x[attrName(t, 3)]; found != nil {
				return found
			}
			r.fail(&at, "Unknown "+kind, "The import %q has no %s %q.%s", attrName(t, 1), kind, attrName(t, 3), suggestOrNone(attrName(t, 3), names, kind+"s"))
			return nil
		}
		r.fail(&at, "Unknown import", "There is no import %q.%s", attrName(t, 1), suggestOrNone(attrName(t, 1), sortedKeys(r.m.Imports), "imports"))
		return nil
	}
	if t == nil || len(t) != 2 || t.RootName() != kind || attrName(t, 1) == "" {
		got := ""
		if v, diags := a.Expr.Value(r.m.base); !diags.HasErrors() {
			if v.Type() == cty.String && v.IsKnown() && !v.IsNull() {
				for _, n := range have {
					if n == v.AsString() {
						example = kind + "." + n
					}
				}
			}
			if t == nil {
				got = ", got " + schema.Show(v)
				if v.Type().IsObjectType() {
					got = ", got an expression"
				}
			}
		}
		if t != nil {
			if len(have) > 0 && len(t) > 1 && t.RootName() == kind {
				got = fmt.Sprintf(" alone, without what follows in %s", refText(t))
			} else {
				got = ", got " + refText(t)
			}
		}
		r.fail(&at, fmt.Sprintf("Invalid value for %q", a.Name), "A reference as %s is wanted%s.", example, got)
		return nil
	}
	for _, x := range all {
		if name(x) == attrName(t, 1) {
			return x
		}
	}
	r.fail(&at, "Unknown "+kind, "There is no %s %q.%s", kind, attrName(t, 1), suggestOrNone(attrName(t, 1), have, kind+"s"))
	return nil
}

// reference is an expression that is nothing but a reference, or nil. JSON writes one as "model.mlp"
// or "${model.mlp}".
func reference(e hcl.Expression) hcl.Traversal {
	if t, diags := hcl.AbsTraversalForExpr(e); !diags.HasErrors() {
		return t
	}
	if schema.IsJSON(e) {
		v, diags := e.Value(nil)
		if diags.HasErrors() || v.IsNull() || v.Type() != cty.String {
			return nil
		}
		if x, diags := hclsyntax.ParseTemplate([]byte(v.AsString()), e.Range().Filename, e.Range().Start); !diags.HasErrors() {
			if w, ok := x.(*hclsyntax.TemplateWrapExpr); ok {
				if t, diags := hcl.AbsTraversalForExpr(w.Wrapped); !diags.HasErrors() {
					return t
				}
			}
		}
	}
	return nil
}

// refText writes a reference as it would be in a file.
func refText(t hcl.Traversal) string {
	var b strings.Builder
	for i, s := range t {
		switch s := s.(type) {
		case hcl.TraverseRoot:
			b.WriteString(s.Name)
		case hcl.TraverseAttr:
			b.WriteString("." + s.Name)
		case hcl.TraverseIndex:
			b.WriteString("[" + schema.Show(s.Key) + "]")
		}
		if i > 8 {
			b.WriteString("…")
			break
		}
	}
	return b.String()
}

// order sorts trains so that each comes after those it starts from, else as written.
func (r *reader) order(written []*Train, needs map[*Train][]need) []*Train {
	byName := map[string]*Train{}
	var all []string
	for _, t := range written {
		byName[t.Name] = t
		all = append(all, t.Name)
	}
	var out []*Train
	state := map[*Train]int{} // 1: being placed, 2: placed
	var path []string
	var place func(t *Train)
	place = func(t *Train) {
		state[t] = 1
		path = append(path, t.Name)
		for _, n := range needs[t] {
			before := byName[n.name]
			switch {
			case before == nil:
				r.fail(&n.where, "Unknown train", "There is no train %q.%s", n.name, suggestOrNone(n.name, all, "trains"))
			case state[before] == 1:
				r.fail(&n.where, "Trains refer to each other", "There is no order in which to run them: %s.", strings.Join(append(path[indexOf(path, n.name):], n.name), " -> "))
			case state[before] == 0:
				place(before)
			}
		}
		path = path[:len(path)-1]
		state[t] = 2
		out = append(out, t)
	}
	for _, t := range written {
		if state[t] == 0 {
			place(t)
		}
	}
	return out
}

func indexOf(list []string, s string) int {
	for i, x := range list {
		if x == s {
			return i
		}
	}
	return 0
}
